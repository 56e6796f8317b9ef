import type { Incident, IncidentLabels } from "../../alerts/incident/types.ts";
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

/** Rule and subject of the Verdict that says that nothing can be read; Monitors use the same for what they find themselves. */
const FEED = "feed";

const feedVerdict = (monitor: MonitorRow, nowMs: number, fault: string): Verdict => ({
  monitor: monitor.id,
  cause: "quality",
  subject: FEED,
  segment: null,
  rule: FEED,
  level: "critical",
  firing: true,
  windowEnd: nowMs,
  since: nowMs,
  reasons: [fault],
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
    return { ...result, fault: null };
  } catch (error) {
    if (!isProductError(error) || error.kind === "bug") throw error;
    const fault = messageOf(error);
    deps.log.warn("a check could not judge", { monitor: monitor.id, error: fault });
    const passing = error.kind === "retryable" && monitor.fault === null;
    const verdicts = passing ? [] : [feedVerdict(monitor, nowMs, fault)];
    return { measures: [], verdicts, state: monitor.state, fault };
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

/** Quality first: what it explains is not told a second time. All causes, because what is not found any more may have ended. */
const CAUSES: readonly IncidentLabels["cause"][] = ["quality", "performance", "drift", "cost"];

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
    const seen: Incident[] = [];
    const changes = CAUSES.flatMap((cause) => {
      const labels = monitorLabels({ ...monitor, environment: environmentOf(monitor) }, cause);
      const check = { monitor: monitor.id, labels, verdicts, before: seen };
      const change = observeGroup(deps, loaded, check, { nowMs, actor, slack });
      if (change === null) return [];
      seen.push(change.incident);
      return [change];
    });
    return {
      events: [],
      answer: { incidents: changes.map(({ incident }) => incident.id) },
      outbox: changes.flatMap((change) => change.outbox),
      watch: [
        { op: "slot", row: { ...slot, state: "done", at: nowMs } },
        {
          op: "monitor",
          row: { ...current, checkedAt: nowMs, fault: checked.fault, state: checked.state },
        },
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
