import { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";
import { peopleList, peopleSet } from "../../operations/people-set.ts";
import { policyGet } from "../../operations/policy-get.ts";
import { slugOf } from "../../spec/intake.ts";
import { type Asker, mustBeKnown, perform } from "../asker.ts";
import { option, section } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { InputElement, KnownBlock } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import { done, fieldError, type Modal } from "./define.ts";
import { field, modal, radioInput, textInput } from "./form.ts";

const State = z.object({ roles: z.array(z.string()) });

const rolesInput = (roles: readonly string[]): InputElement => ({
  type: "multi_static_select",
  options: roles.slice(0, 100).map((role) => option(role, role)),
});

const rolesField = (roles: readonly string[]): readonly KnownBlock[] =>
  roles.length === 0
    ? [
        section(
          "No role has a name yet: people without a role may read. Roles are made under Policy, or under `roles` in mlpipeline.yml.",
        ),
      ]
    : [field("roles", "Roles", rolesInput(roles), { optional: true })];

const idOf = async (deps: SlackDeps, asker: Asker, user: string, name: string): Promise<string> => {
  const known = await deps.findPerson(asker.team, user);
  return known?.id ?? slugOf(name);
};

/** Slack's own word on an account: who is no person of this workspace is not added without being named in the file. */
const mustBePerson = async (deps: SlackDeps, user: string): Promise<string> => {
  const account = await deps.port.account(user);
  const kind = account.bot
    ? "a bot"
    : account.deleted
      ? "a deactivated account"
      : account.foreign
        ? "of another workspace"
        : null;
  if (kind === null) return account.name;
  throw new UserInputError("NOT_A_PERSON", `${account.name} is ${kind}`, {
    next: "choose a person of this workspace",
  });
};

/** Adds somebody, or changes what they may do; for admins, audited. */
export const peopleModal: Modal = {
  name: "people",
  errorField: "user",
  prepare: async (deps, asker) => {
    await mustBeKnown(deps, asker, false);
    const [{ people }, policy] = await Promise.all([
      perform(deps, asker, peopleList, {}),
      perform(deps, asker, policyGet, {}),
    ]);
    const roles = policy.roles.map((role) => role.role);
    const lines = people
      .slice(0, 20)
      .map(
        (one) =>
          `• ${one.name}${one.owner ? " (owner)" : ""}: ${one.roles.join(", ") || "no role"}${one.fixed ? ", stated in mlpipeline.yml" : ""}${one.active ? "" : ", not here any more"}`,
      );
    return modal({
      name: "people",
      title: "People",
      submit: "Save",
      state: { roles: roles.slice(0, 40) },
      blocks: [
        section(lines.join("\n") || "Nobody is known yet."),
        field("user", "Whom to add or change", { type: "users_select" }),
        field("name", "Name", textInput({ max: 100 }), {
          optional: true,
          hint: "Left empty, as Slack has it.",
        }),
        ...rolesField(roles),
        field(
          "active",
          "Is here",
          radioInput([option("Yes", "yes"), option("No, may do nothing any more", "no")], "yes"),
        ),
      ],
    });
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const { roles } = State.parse(raw);
    await mustBeKnown(deps, asker, false);
    const user = values.user("user");
    if (user === null) return fieldError("user", "Choose somebody.");
    const slackName = await mustBePerson(deps, user);
    const name = values.text("name");
    const person = await idOf(deps, asker, user, name ?? slackName);
    const known = (await deps.findPerson(asker.team, user)) !== null;
    const saved = await perform(deps, asker, peopleSet, {
      person,
      ...(name !== null || !known ? { name: name ?? slackName } : {}),
      ...(roles.length > 0 ? { roles: [...values.chosenAll("roles")] } : {}),
      active: values.chosen("active") !== "no",
      add: known ? [] : [{ kind: "slack", account: `${asker.team}/${user}` }],
    });
    return done(
      renderLine(
        `Saved: ${saved.name} (${saved.person}) has ${saved.roles.join(", ") || "no role"} and may ${saved.scopes.join(", ") || "nothing"}.`,
      ),
    );
  },
};
