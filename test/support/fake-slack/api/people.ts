import { type Answer, ok, refuse, textOf } from "../answer.ts";
import { directChannel } from "../channels.ts";
import { userObject } from "../people.ts";
import type { Call, Method } from "./call.ts";

const usersInfo = ({ workspace, installation, body }: Call): Answer => {
  const person = workspace.people.get(textOf(body.user));
  if (!person) return refuse("user_not_found");
  return ok({ user: userObject(person, installation.team, workspace.clock.nowMs()) });
};

const groupMembers = ({ workspace, body }: Call): Answer => {
  const group = workspace.groups.get(textOf(body.usergroup));
  if (!group) return refuse("no_such_subteam");
  return group.fails === null ? ok({ users: group.members }) : refuse(group.fails);
};

const conversationsOpen = ({ workspace, installation, body }: Call): Answer => {
  const person = workspace.people.get(textOf(body.users));
  if (!person) return refuse("user_not_found");
  if (person.deleted) return refuse("user_disabled");
  if (person.bot) return refuse("cannot_dm_bot");
  const channel = directChannel(workspace, installation.botUser, person.id, installation.team);
  return ok({ channel: { id: channel.id, is_im: true, user: person.id } });
};

const conversationsInfo = ({ workspace, installation, body }: Call): Answer => {
  const channel = workspace.channels.get(textOf(body.channel));
  const isIn = channel?.members.has(installation.botUser) ?? false;
  if (!channel || channel.team !== installation.team || (channel.kind === "private" && !isIn))
    return refuse("channel_not_found");
  return ok({
    channel: {
      id: channel.id,
      name: channel.name,
      is_channel: channel.kind === "public",
      is_im: channel.kind === "im",
      is_private: channel.kind !== "public",
      is_archived: channel.archived,
      is_ext_shared: channel.external,
      is_member: isIn,
    },
  });
};

export const PEOPLE_METHODS: Readonly<Record<string, Method>> = {
  "users.info": { scopes: ["users:read"], tier: 100, run: usersInfo },
  "usergroups.users.list": { scopes: ["usergroups:read"], tier: 20, run: groupMembers },
  "conversations.open": { scopes: ["im:write"], tier: 50, run: conversationsOpen },
  "conversations.info": {
    scopes: ["channels:read", "groups:read", "im:read", "mpim:read"],
    tier: 50,
    run: conversationsInfo,
  },
};
