import { type Body, listOf, objectOf, textOf } from "./answer.ts";
import { checkOptionGroups, checkOptions } from "./blocks/composition.ts";
import { createReport } from "./blocks/report.ts";
import type { Hands } from "./hands.ts";
import { blockSuggestion } from "./payloads.ts";
import type { Usable } from "./screen.ts";
import type { Channel, Workspace } from "./workspace.ts";

const DEFAULT_MIN_QUERY = 3;

const textOfOption = (option: Body): string => textOf(objectOf(option.text).text);

const staticOptions = (element: Body): Body[] => [
  ...listOf(element.options).map(objectOf),
  ...listOf(element.option_groups).flatMap((group) =>
    listOf(objectOf(group).options).map(objectOf),
  ),
];

/** Types a query and reads what the app offers; offers that Slack refuses show nothing and are noted. */
const externalOptions = async (hands: Hands, usable: Usable, query: string): Promise<Body[]> => {
  const { workspace } = hands.slack;
  const min = Number(usable.element.min_query_length ?? DEFAULT_MIN_QUERY);
  if (query.length < min) throw new Error(`this menu asks the app only after ${min} characters`);
  const outcome = await hands.slack.deliver(
    "interactive",
    blockSuggestion(workspace, hands.user, usable, query),
  );
  if (!hands.note(outcome, "asking for options") || !outcome.acked) return [];
  const body = objectOf(outcome.payload);
  const report = createReport("modal");
  if (body.option_groups === undefined && listOf(body.options).length > 0)
    checkOptions(report, body.options, "/options", 100, "plain");
  if (body.option_groups !== undefined)
    checkOptionGroups(report, body.option_groups, "/option_groups");
  workspace.violations.push(...report.problems);
  return report.problems.length > 0 ? [] : staticOptions(body);
};

const fitsFilter = (channel: Channel, filter: Body): boolean => {
  const include = listOf(filter.include).map(textOf);
  if (include.length > 0 && !include.includes(channel.kind)) return false;
  return !(filter.exclude_external_shared_channels === true && channel.external);
};

/** The id of a channel that the person can see and the menu offers, by its name. */
const findChannel = (workspace: Workspace, user: string, element: Body, name: string): string => {
  const found = [...workspace.channels.values()].find(
    (channel) =>
      (channel.name === name.replace(/^#/, "") || channel.id === name) &&
      (channel.kind === "public" || channel.members.has(user)) &&
      !channel.archived &&
      fitsFilter(channel, objectOf(element.filter)),
  );
  if (!found) throw new Error(`this menu offers no channel "${name}"`);
  return found.id;
};

const findPerson = (workspace: Workspace, name: string): string => {
  const found = [...workspace.people.values()].find(
    (person) => (person.name === name.replace(/^@/, "") || person.id === name) && !person.deleted,
  );
  if (!found) throw new Error(`this menu offers no person "${name}"`);
  return found.id;
};

/** What choosing `name` in this menu gives: an option, a person or a channel. Throws when it is not offered. */
export const findChoice = async (hands: Hands, usable: Usable, name: string): Promise<unknown> => {
  const { workspace } = hands.slack;
  const type = textOf(usable.element.type);
  if (type.endsWith("users_select")) return findPerson(workspace, name);
  if (type.endsWith("conversations_select") || type.endsWith("channels_select"))
    return findChannel(workspace, hands.user, usable.element, name);
  const options = type.endsWith("external_select")
    ? await externalOptions(hands, usable, name)
    : staticOptions(usable.element);
  const found = options.find((option) => textOfOption(option) === name);
  if (!found)
    throw new Error(`this menu offers no "${name}", but: ${options.map(textOfOption).join(", ")}`);
  return found;
};
