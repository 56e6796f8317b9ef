import { resolve } from "node:path";
import { alertResolve, INCIDENT_ACTIONS } from "../../operations/alert-resolve.ts";
import { alertsList } from "../../operations/alerts-list.ts";
import { incidentGet } from "../../operations/incident-get.ts";
import { monitorDrift } from "../../operations/monitor-drift.ts";
import { present } from "../../operations/present.ts";
import { watchStart } from "../../operations/watch-start.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

export interface WatchOptions {
  readonly reference?: string;
  readonly current?: string;
  readonly name?: string;
  readonly cron?: string;
  readonly zone?: string;
  readonly time?: string;
  readonly window?: string;
  readonly key?: string;
}

const words = (text: string): string => text.replaceAll("_", " ");
// Paths are those of the terminal's folder; an address stays as it is.
const place = (path: string | undefined): string | undefined =>
  path === undefined || /^[a-z]+:\/\//i.test(path) ? path : resolve(path);

/** Starts watching and looks at once. */
export const watch = async (
  context: CliContext,
  run: string | undefined,
  options: WatchOptions,
): Promise<ExitCode> => {
  const { key, ...said } = options;
  const session = await context.open(key === undefined ? {} : { key });
  try {
    const started = await session.call(watchStart, {
      ...present({
        ...said,
        run,
        reference: place(said.reference),
        current: place(said.current),
      }),
    });
    answer(context.io, started, (value) =>
      [
        `${value.name} is watched. \`mlpipeline serve\` keeps looking; what it finds goes to Slack and \`mlpipeline alerts\`.`,
        ...value.monitors.map(
          (one) =>
            `${one.monitor}, every ${one.every_hours} h: ${words(one.level)}${one.said.map((line) => `\n  ${line}`).join("")}`,
        ),
        ...(value.incidents.length === 0
          ? []
          : [`${value.incidents.length} open; mlpipeline alerts`]),
      ].join("\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

/** Where every Monitor stands. */
export const monitor = async (
  context: CliContext,
  model: string | undefined,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(monitorDrift, { ...present({ model }), limit: 50 });
    answer(context.io, found, (value) =>
      value.monitors.length === 0
        ? "nothing is watched yet: mlpipeline watch <run>, or --reference a.parquet --current folder/"
        : table([
            ["monitor", "level", "firing", "checked", "worst"],
            ...value.monitors.map((one) => [
              one.monitor,
              `${words(one.level)}${one.late ? " (late)" : ""}`,
              `${one.firing} of ${one.judged}`,
              one.checked_at ?? "not yet",
              one.said[0] ? `${one.said[0].subject}: ${one.said[0].said}` : "",
            ]),
          ]),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

export interface AlertsOptions {
  readonly to?: string;
  readonly until?: string;
  readonly reason?: "season" | "known_change" | "too_small" | "broken_data" | "other";
  readonly note?: string;
  readonly model?: string;
  readonly mine?: boolean;
  readonly all?: boolean;
}

const list = async (context: CliContext, options: AlertsOptions): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(alertsList, {
      which: options.all ? "all" : options.mine ? "mine" : "open",
      ...present({ model: options.model }),
      limit: 50,
    });
    answer(context.io, found, (value) =>
      value.incidents.length === 0
        ? "no incident is open"
        : table([
            ["incident", "what", "severity", "state", "owner", "last seen"],
            ...value.incidents.map((one) => [
              one.incident,
              one.title,
              one.severity,
              words(one.state),
              one.assignee ?? "",
              one.last_seen,
            ]),
          ]),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

const show = async (context: CliContext, incident: string): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(incidentGet, { incident });
    answer(context.io, found, (value) =>
      [
        `${value.title}: ${value.severity}, ${words(value.state)}`,
        value.said,
        `${value.opened_at} to ${value.last_seen}, ${value.times} checks, owner ${value.assignee ?? "nobody"}`,
        ...value.details.map((detail) => `- ${detail.subject}: ${detail.reasons.join(" ")}`),
        ...value.lines.map((line) => `${line.at} ${line.said}`),
      ].join("\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

/** Lists Incidents; with one of them shows it, and with an action does it. */
export const alerts = async (
  context: CliContext,
  incident: string | undefined,
  word: string | undefined,
  options: AlertsOptions,
): Promise<ExitCode> => {
  if (incident === undefined) return list(context, options);
  if (word === undefined) return show(context, incident);
  const action = INCIDENT_ACTIONS.find((one) => one === word.replaceAll("-", "_"));
  if (action === undefined) {
    context.io.err(`an incident takes ${INCIDENT_ACTIONS.join(", ")}; got ${word}`);
    return EXIT.input;
  }
  const session = await context.open({});
  try {
    const { note, reason, to, until } = options;
    const done = await session.call(alertResolve, {
      incident,
      action,
      ...present({ note, reason, to, until }),
    });
    answer(
      context.io,
      done,
      (value) =>
        `${value.title} is ${words(value.state)}${value.approval_id ? `; people decide approval ${value.approval_id}` : ""}`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
