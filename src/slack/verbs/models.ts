import { type modelPromote, type modelRollback, modelsSearch } from "../../operations/models.ts";
import { monitorCost } from "../../operations/monitor-cost.ts";
import { say } from "../answer.ts";
import { perform } from "../asker.ts";
import { money } from "../blocks/elements.ts";
import { onlyKeys, targetOf, type Verb } from "./define.ts";

/** Versions in the registry of a pipeline, or of all. */
export const models: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const [pipeline] = parsed.words;
  const found = await perform(
    deps,
    asker,
    modelsSearch,
    pipeline === undefined ? {} : { pipeline },
  );
  if (found.models.length === 0) return say("No registry holds a model yet.");
  const lines = found.models.map((one) => {
    const aliases = one.aliases.length === 0 ? "" : ` (${one.aliases.join(", ")})`;
    const metric = one.metric === undefined ? "" : `, metric ${one.metric.toFixed(3)}`;
    return `• ${one.pipeline} version ${one.version}${aliases}: ${one.stage}${metric}, ${one.hash.slice(0, 12)}`;
  });
  return say(lines.join("\n"));
};

/** `promote <pipeline> [version]` and `rollback <pipeline> [version]`: asks people; nothing moves before they approve. */
export const releases =
  (definition: typeof modelPromote | typeof modelRollback): Verb =>
  async (deps, asker, parsed) => {
    onlyKeys(parsed, []);
    const [, version] = parsed.words;
    const asked = await perform(deps, asker, definition, {
      pipeline: targetOf(asker, parsed),
      ...(version === undefined ? {} : { version }),
    });
    return say(`${asked.said} \`approvals\` shows it.`);
  };

const DAYS: Readonly<Record<string, number>> = { "7d": 7, "30d": 30, month: 30 };

/** `cost [pipeline] [7d|30d|month]`. */
export const cost: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const span = parsed.words.find((word) => word in DAYS);
  const pipeline = parsed.words.find((word) => !(word in DAYS));
  const found = await perform(deps, asker, monitorCost, {
    days: DAYS[span ?? "30d"] ?? 30,
    ...(pipeline === undefined ? {} : { pipeline }),
  });
  const runs = found.by_run.slice(0, 5).map((one) => `• ${one.run}: ${money(one.usd)}`);
  const cloud = found.cloud.map(
    (one) =>
      `• ${one.service}: ${one.amount.toFixed(2)} ${one.currency}${one.estimate ? " (estimate)" : ""}`,
  );
  const budgets = found.budgets.map(
    (one) =>
      `• ${one.scope}: ${money(one.used)} of ${one.cap === undefined ? "no cap" : money(one.cap)}`,
  );
  return say(
    [
      `Model calls: ${money(found.models_usd)}`,
      ...runs,
      ...(cloud.length > 0 ? ["Cloud:", ...cloud] : []),
      ...(budgets.length > 0 ? ["Budgets:", ...budgets] : []),
    ].join("\n"),
  );
};
