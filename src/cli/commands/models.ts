import { modelPromote, modelRollback, modelsSearch } from "../../operations/models.ts";
import { monitorCost } from "../../operations/monitor-cost.ts";
import { present } from "../../operations/present.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

/** Versions in the registries. */
export const models = async (
  context: CliContext,
  pipeline: string | undefined,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(modelsSearch, { ...present({ pipeline }), limit: 50 });
    answer(context.io, found, (value) =>
      value.models.length === 0
        ? "no registry holds a model yet"
        : table([
            ["pipeline", "version", "aliases", "stage", "metric", "hash"],
            ...value.models.map((one) => [
              one.pipeline,
              one.version,
              one.aliases.join(", "),
              one.stage,
              one.metric === undefined ? "" : one.metric.toFixed(3),
              one.hash.slice(0, 12),
            ]),
          ]),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

/** Asks people to promote a version, or to roll back to one. */
export const release = async (
  context: CliContext,
  action: "promote" | "rollback",
  pipeline: string,
  version: string | undefined,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const definition = action === "promote" ? modelPromote : modelRollback;
    const asked = await session.call(definition, { pipeline, ...present({ version }) });
    answer(
      context.io,
      asked,
      (value) => `${value.said} Decide with: mlpipeline approve ${value.approval_id}`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

/** What models and the cloud have cost. */
export const cost = async (
  context: CliContext,
  pipeline: string | undefined,
  days: number,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(monitorCost, { ...present({ pipeline }), days });
    answer(context.io, found, (value) =>
      [
        `model calls: $${value.models_usd.toFixed(2)} since ${value.from.slice(0, 10)}`,
        ...value.by_run.map((one) => `  ${one.run}: $${one.usd.toFixed(2)}`),
        ...value.cloud.map(
          (one) =>
            `  ${one.service}: ${one.amount.toFixed(2)} ${one.currency}${one.estimate ? " (estimate)" : ""}`,
        ),
        ...value.budgets.map(
          (one) =>
            `${one.scope}: $${one.used.toFixed(2)} of ${one.cap === undefined ? "no cap" : `$${one.cap.toFixed(2)}`}`,
        ),
      ].join("\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
