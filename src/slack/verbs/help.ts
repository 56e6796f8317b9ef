import { pipelineStatus } from "../../operations/pipeline-status.ts";
import { VERBS } from "../../operations/verbs.ts";
import { say } from "../answer.ts";
import type { Asker } from "../asker.ts";
import { perform } from "../asker.ts";
import type { SlackDeps } from "../deps.ts";
import { claimHint } from "../identity.ts";
import type { Verb } from "./define.ts";

const line = (verb: string): string | null => {
  const row = VERBS.find((one) => one.verb === verb && one.surfaces === "both");
  return row ? `/mlpipeline ${row.verb} ${row.usage}`.trimEnd().concat(`: ${row.summary}`) : null;
};

const topic = (word: string): string | null => {
  const known = line(word);
  return known === null
    ? null
    : `${known}\nKeys are written key:value or key=value; quotes hold words together.`;
};

const waiting = async (deps: SlackDeps, asker: Asker): Promise<readonly string[]> => {
  if (asker.actor.person === null) return [];
  const status = await perform(deps, asker, pipelineStatus, {});
  const approvals = status.open_approvals.map(
    (one) => `• ${one.run}: ${one.phase ? `handoff ${one.phase}` : `${one.kind} approval`}`,
  );
  return approvals.length === 0
    ? ["Nothing waits for a decision."]
    : ["Waits for a decision:", ...approvals.slice(0, 5)];
};

/** What waits, how to claim an unclaimed home, and the commands; with a topic, that one verb. */
export const help: Verb = async (deps, asker, parsed) => {
  const word = parsed.verb === "help" ? parsed.words[0] : undefined;
  const known = word === undefined ? null : topic(word.toLowerCase());
  if (known !== null) return say(known);
  const hint = claimHint(await deps.settings.owner());
  const verbs = VERBS.filter((row) => row.surfaces === "both").map((row) => row.verb);
  return say(
    [
      ...(hint === null ? [] : [hint]),
      ...(await waiting(deps, asker)),
      "Next: /mlpipeline start · /mlpipeline runs · /mlpipeline approvals",
      `I also know: ${verbs.join(", ")}. \`help <verb>\` explains one. In a run's thread, mention me and leave the run out.`,
    ].join("\n"),
  );
};
