import type { z } from "zod";
import type { Actor } from "../engine/command.ts";
import { BugError, UserInputError } from "../lib/errors.ts";
import type { Definition } from "../operations/define.ts";
import type { SlackDeps } from "./deps.ts";
import { slackActor, unknownPerson } from "./identity.ts";
import { formatRef } from "./messages.ts";
import { referenceOf } from "./words.ts";

/** Someone who asks for something in Slack: who, where, and under which name Slack knows the request. */
export interface Asker {
  readonly actor: Actor;
  readonly team: string;
  readonly user: string;
  /** Where they are; null where there is no channel (Home, a modal). */
  readonly channel: string | null;
  readonly threadTs: string | null;
  /** The run whose thread they are in. */
  readonly threadRun: string | null;
  /** Opens one modal within three seconds; null where Slack gives none (events). */
  readonly trigger: string | null;
  /** Unique per request, the same for a repeat of it. */
  readonly key: string;
  /** What stands in an error's words and in the log. */
  readonly reference: string;
}

interface Heard {
  readonly team: string;
  readonly user: string;
  readonly channel?: string | null;
  readonly threadTs?: string | null;
  readonly trigger?: string | null;
  /** Slack's id of the request: trigger or event id. */
  readonly id: string;
}

// The run's own message starts its thread.
const runAt = async (
  { messages }: Pick<SlackDeps, "messages">,
  channel: string,
  ts: string,
): Promise<string | null> => {
  const effect = await messages.effectAt(formatRef({ channel, ts }));
  return effect?.startsWith("run/") ? effect.slice("run/".length) : null;
};

/** The asker of a verified payload. */
export const askerOf = async (
  deps: Pick<SlackDeps, "findPerson" | "messages">,
  { channel = null, id, team, threadTs = null, trigger = null, user }: Heard,
): Promise<Asker> => ({
  actor: await slackActor(deps.findPerson, team, user),
  team,
  user,
  channel,
  threadTs,
  threadRun: channel === null || threadTs === null ? null : await runAt(deps, channel, threadTs),
  trigger,
  key: `slack/${team}/${id}`,
  reference: referenceOf(id),
});

/** Runs an operation as the person who asked. Throws what the operation throws. */
export const perform = async <D extends Definition>(
  deps: Pick<SlackDeps, "operations" | "settings">,
  asker: Asker,
  definition: D,
  input: z.input<D["input"]>,
  key: string = `${asker.key}/${definition.name}`,
): Promise<z.output<D["output"]>> => {
  const operation = deps.operations.get(definition.name);
  if (!operation) throw new BugError("NO_OPERATION", `${definition.name} is not in the catalog`);
  // A write of someone unknown is refused by the operation itself, which notes it in the audit log.
  if (definition.annotations.readOnlyHint) await mustBeKnown(deps, asker, true);
  // Parsed by the operation's own output schema.
  return (await operation.run(input, { actor: asker.actor, key })) as z.output<D["output"]>;
};

/** Refuses someone unknown, in words that say what the owner must add; readers pass where guests may read. */
export const mustBeKnown = async (
  deps: Pick<SlackDeps, "settings">,
  asker: Asker,
  reads: boolean,
): Promise<void> => {
  if (asker.actor.person !== null || (reads && deps.settings.guests === "read")) return;
  throw new UserInputError(
    "UNKNOWN_PERSON",
    unknownPerson(asker.team, asker.user, await deps.settings.owner()),
  );
};
