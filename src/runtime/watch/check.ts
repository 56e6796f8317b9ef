import type { IncidentLabels } from "../../alerts/incident/types.ts";
import type { Actor } from "../../engine/command.ts";
import { isProductError, messageOf } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import type { Verdict } from "../../monitors/verdict.ts";
import type { Loaded, Writes } from "../../store/port.ts";
import type { Json } from "../../store/rows.ts";
import type { WatchWrite } from "../../store/watch-port.ts";
import type { MonitorRow, SlotRow } from "../../store/watch-rows.ts";
import type { CheckResult, WatchDeps } from "./deps.ts";
import { observeGroup } from "./incidents.ts";

export const monitorActor = (id: string): Actor => ({
  person: null,
  via: "monitor",
  ref: id,
  model: false,
});

export const monitorLabels = (
  {
    environment,
    model,
    pipeline,
  }: Pick<MonitorRow, "model" | "pipeline"> & {
    readonly environment: string;
  },
  cause: IncidentLabels["cause"],
): IncidentLabels => ({ pipeline, environment, model, cause });

const environmentOf = ({ spec }: MonitorRow): string => {
  const { environment } = (spec ?? {}) as { readonly environment?: unknown };
  return typeof environment === "string" ? environment : "prod";
};

/** The rule of the Verdict that says that nothing can be read; the other feed rules come from the Monitor itself. */
const FEED_RULE = "feed";

const feedVerdict = (monitor: MonitorRow, nowMs: number, fault: string | null): Verdict => ({
  monitor: monitor.id,
  cause: "quality",
  subject: "source",
  segment: null,
  rule: FEED_RULE,
  level: fault === null ? "ok" : "critical",
  firing: fault !== null,
  windowEnd: nowMs,
  since: fault === null ? null : nowMs,
  reasons: [fault ?? "the source can be read"],
  evidence: {},
  inhibitedBy: null,
  restated: false,
  digestOnly: false,
});

interface Checked extends CheckResult {
  readonly fault: string | null;
}

/** A source that cannot be read is a Verdict of its own. What may pass by itself is told once it has failed twice. */
const check = async (deps: WatchDeps, monitor: MonitorRow, nowMs: number): Promise<Checked> => {
  try {
    const result = await deps.runCheck(monitor, nowMs);
    return {
      ...result,
      verdicts: [...result.verdicts, feedVerdict(monitor, nowMs, null)],
      fault: null,
    };
  } catch (error) {
    if (!isProductError(error) || error.kind === "bug") throw error;
    const fault = messageOf(error);
    deps.log.warn("a check could not judge", { monitor: monitor.id, error: fault });
    const passing = error.kind === "retryable" && monitor.fault === null;
    return { measures: [], verdicts: passing ? [] : [feedVerdict(monitor, nowMs, fault)], fault };
  }
};

const json = (value: object): Json => value as unknown as Json;

const seriesWrites = ({ measures, verdicts }: CheckResult): readonly WatchWrite[] => [
  {
    op: "measures",
    rows: measures.map((body) => ({
      monitor: body.monitor,
      subject: body.subject,
      segment: body.segment,
      name: body.name,
      windowStart: body.window.start,
      windowEnd: body.window.end,
      body: json(body),
    })),
  },
  {
    op: "verdicts",
    rows: verdicts.map((body) => ({
      monitor: body.monitor,
      subject: body.subject,
      segment: body.segment,
      rule: body.rule,
      windowEnd: body.windowEnd,
      level: body.level,
      firing: body.firing,
      body: json(body),
    })),
  },
];

/** The newest Verdict per subject and rule: earlier windows of one check are history, not news. */
const newest = (verdicts: readonly Verdict[]): readonly Verdict[] => {
  const latest = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const key = JSON.stringify([verdict.subject, verdict.segment, verdict.rule]);
    const known = latest.get(key);
    if (known === undefined || verdict.windowEnd >= known.windowEnd) latest.set(key, verdict);
  }
  return [...latest.values()];
};

const causesOf = (verdicts: readonly Verdict[]): readonly IncidentLabels["cause"][] => {
  const causes = [...new Set(verdicts.map((verdict) => verdict.cause))];
  // Quality first: what it explains is not told a second time.
  return causes.sort((a, b) => Number(b === "quality") - Number(a === "quality"));
};

/**
 * Performs one slot of a Monitor: look, judge, and keep figures, Verdicts, Incidents, outbox and the slot in one transaction.
 * Doing it again (after a crash) has the effect of once. Throws only defects.
 */
export const performCheck = async (
  deps: WatchDeps,
  monitor: MonitorRow,
  slot: SlotRow,
): Promise<void> => {
  const nowMs = deps.clock.nowMs();
  const checked = await check(deps, monitor, nowMs);
  const slack = await deps.slackOn();
  const actor = monitorActor(monitor.id);
  const verdicts = newest(checked.verdicts);
  const plan = (loaded: Loaded): Writes => {
    const current = loaded.reads.watch.monitor(monitor.id) ?? monitor;
    const changes = causesOf(verdicts).flatMap((cause) => {
      const labels = monitorLabels({ ...monitor, environment: environmentOf(monitor) }, cause);
      const own = verdicts.filter((verdict) => verdict.cause === cause);
      return observeGroup(deps, loaded, labels, own, { nowMs, actor, slack }) ?? [];
    });
    return {
      events: [],
      answer: { incidents: changes.map(({ incident }) => incident.id) },
      outbox: changes.flatMap((change) => change.outbox),
      watch: [
        { op: "slot", row: { ...slot, state: "done", at: nowMs } },
        { op: "monitor", row: { ...current, checkedAt: nowMs, fault: checked.fault } },
        ...seriesWrites(checked),
        ...changes.flatMap((change) => change.watch),
      ],
    };
  };
  await deps.store.commit(
    {
      runId: monitor.id,
      key: `monitor/${monitor.id}/${slot.slot}`,
      payloadHash: sha256(`${monitor.id}/${slot.slot}`),
      nowMs,
      actor,
    },
    plan,
  );
  deps.kill("watch.decided");
};
