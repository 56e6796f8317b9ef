import { open, say } from "../answer.ts";
import { mustBeKnown } from "../asker.ts";
import { startId, startRun } from "../modals/start.ts";
import { restOf, type Verb } from "./define.ts";

const OWN = ["data", "dataset", "target", "goal", "name", "positive", "channel", "budget"];
const MAX_GOAL = 1_000;

const channelOf = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : (/^#([CG][A-Z0-9]+)$/.exec(text)?.[1] ?? undefined);

const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const budgetOf = (text: string | undefined): number | undefined => {
  const amount = Number(text);
  return text !== undefined && Number.isFinite(amount) ? amount : undefined;
};

/** `start [goal …] data:… target:… [option:value …]`: starts at once when nothing is missing, else opens the form. */
export const start: Verb = async (deps, asker, parsed) => {
  await mustBeKnown(deps, asker, false);
  const { name, positive, target } = parsed.values;
  const goal = parsed.values.goal ?? restOf(parsed, 0) ?? undefined;
  const data = parsed.values.data ?? parsed.values.dataset;
  const channel = channelOf(parsed.values.channel) ?? asker.channel ?? undefined;
  const options = Object.fromEntries(
    Object.entries(parsed.values).filter(([key]) => !OWN.includes(key)),
  );
  if (goal !== undefined && data !== undefined && target !== undefined) {
    const budget_usd = budgetOf(parsed.values.budget);
    const input = {
      dataset: data,
      options,
      ...given({ goal, target, pipeline: name, positive, budget_usd }),
    };
    return say(await startRun(deps, asker, input, channel ?? null));
  }
  const shown = channel?.startsWith("D") ? undefined : channel;
  const prefilled = {
    goal: goal?.slice(0, MAX_GOAL),
    data,
    target,
    name,
    positive,
    channel: shown,
  };
  return open("start", startId({ ...given(prefilled), options }));
};
