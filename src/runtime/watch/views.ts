import { isOpen } from "../../alerts/incident/advance.ts";
import { incidentOf } from "../../alerts/incident/rows.ts";
import { isFeedRule } from "../../alerts/incident/severity.ts";
import type { Alert, Incident, IncidentEvent } from "../../alerts/incident/types.ts";
import { eventWords, sentenceOf, shownAlerts, titleOf } from "../../alerts/incident/words.ts";
import type { Actor } from "../../engine/command.ts";
import type { Verdict } from "../../monitors/verdict.ts";
import type {
  IncidentEventRow,
  IncidentRow,
  MonitorRow,
  VerdictRow,
} from "../../store/watch-rows.ts";
import type { WatchDeps } from "./deps.ts";

const POINTS = 20;
const SHOWN_ALERTS = 10;

/** A figure with the limit that it is held against, where the Verdict names them. */
export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly rows: number | null;
}

export interface AlertView {
  readonly id: string;
  readonly subject: string;
  readonly segment: string | null;
  readonly rule: string;
  readonly severity: string;
  readonly open: boolean;
  readonly since: number;
  readonly reasons: readonly string[];
  readonly figure: Figure;
}

/** One point of the series that the chart draws. */
export interface Point {
  readonly atMs: number;
  readonly value: number | null;
  readonly limit: number | null;
}

/** An Incident as every surface shows it. Names of people are already in words. */
export interface IncidentView {
  readonly id: string;
  readonly state: string;
  readonly open: boolean;
  readonly severity: string;
  readonly cause: string;
  readonly pipeline: string;
  readonly environment: string;
  readonly model: string;
  readonly title: string;
  readonly sentence: string;
  readonly openedAt: number;
  readonly lastSeen: number;
  readonly endedAt: number | null;
  readonly heldUntil: number;
  readonly times: number;
  readonly reopened: number;
  readonly assignee: string | null;
  readonly acknowledgedBy: string | null;
  readonly snoozedUntil: number | "next_deploy" | null;
  readonly paged: boolean;
  readonly revision: number;
  readonly alerts: readonly AlertView[];
  readonly moreAlerts: number;
  readonly releases: Incident["releases"];
  readonly points: readonly Point[];
}

const numberOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

const firstNumber = (from: Readonly<Record<string, unknown>>, ...names: readonly string[]) => {
  for (const name of names) {
    const found = numberOf(from[name]);
    if (found !== null) return { name, value: found };
  }
  return null;
};

/** What a Verdict measured and what it was held against, by the names that Monitors use. */
export const figureOf = (verdict: Verdict): Figure => {
  const { evidence } = verdict;
  const value = firstNumber(evidence, "effect", "value", "share", "estimate", "spent", "hours");
  const limit = firstNumber(evidence, "floor", "limit", "band_low", "budget");
  const test = typeof evidence.test === "string" ? evidence.test : null;
  return {
    name: value?.name === "effect" ? (test ?? "effect") : (value?.name ?? verdict.rule),
    value: value?.value ?? null,
    limit: limit?.value ?? null,
    rows: numberOf(evidence.rows),
  };
};

const alertView = ({ id, open, severity, since, verdict }: Alert): AlertView => ({
  id,
  subject: verdict.subject,
  segment: verdict.segment,
  rule: verdict.rule,
  severity,
  open,
  since,
  reasons: verdict.reasons,
  figure: figureOf(verdict),
});

/** The worst alert's figure over its last windows, oldest first; what the evidence's chart shows. */
export const pointsOf = async (
  { store }: Pick<WatchDeps, "store">,
  incident: Incident,
): Promise<readonly Point[]> => {
  const top = shownAlerts(incident)[0]?.verdict;
  if (top === undefined) return [];
  const { limit, name } = figureOf(top);
  const { monitor, subject } = top;
  const rows = await store.watch.measures({ monitor, subject, name, limit: POINTS * 3 });
  return rows
    .filter((row) => row.segment === top.segment)
    .slice(0, POINTS)
    .reverse()
    .map((row) => {
      const { value } = row.body as { readonly value?: unknown };
      return { atMs: row.windowEnd, value: numberOf(value), limit };
    });
};

type NameOf = (person: string) => string;

export const readNames = async ({ store }: Pick<WatchDeps, "store">): Promise<NameOf> => {
  const people = await store.people.list();
  return (id) => people.find((one) => one.id === id)?.name ?? id;
};

const viewOf = (incident: Incident, points: readonly Point[], name: NameOf): IncidentView => {
  const { labels, snooze } = incident;
  const alerts = shownAlerts(incident);
  return {
    id: incident.id,
    state: incident.state,
    open: isOpen(incident),
    severity: incident.severity,
    ...labels,
    title: titleOf(incident),
    sentence: sentenceOf(incident),
    openedAt: incident.openedAt,
    lastSeen: incident.lastSeen,
    endedAt: incident.endedAt,
    heldUntil: incident.heldUntil,
    times: incident.times,
    reopened: incident.reopened,
    assignee: incident.assignee === null ? null : name(incident.assignee),
    acknowledgedBy: incident.acked === null ? null : name(incident.acked.by),
    snoozedUntil: snooze === null ? null : (snooze.until ?? "next_deploy"),
    paged: incident.paged,
    revision: incident.seq,
    alerts: alerts.slice(0, SHOWN_ALERTS).map(alertView),
    moreAlerts: Math.max(0, alerts.length - SHOWN_ALERTS),
    releases: incident.releases,
    points,
  };
};

/** An Incident with its series; null where there is none. */
export const readIncident = async (
  deps: Pick<WatchDeps, "store">,
  ref: string,
): Promise<IncidentView | null> => {
  const row = await deps.store.watch.findIncident(ref);
  if (row === null) return null;
  const incident = incidentOf(row, row.id);
  return viewOf(incident, await pointsOf(deps, incident), await readNames(deps));
};

export const listIncidents = async (
  deps: Pick<WatchDeps, "store">,
  rows: readonly IncidentRow[],
): Promise<readonly IncidentView[]> => {
  const name = await readNames(deps);
  return rows.map((row) => viewOf(incidentOf(row, row.id), [], name));
};

const eventOf = (row: IncidentEventRow): IncidentEvent => row.body as unknown as IncidentEvent;

/** What happened to an Incident, in words: the lines of its thread. */
export const readIncidentLines = async (
  deps: Pick<WatchDeps, "store">,
  ref: string,
  from = 0,
): Promise<readonly { readonly atMs: number; readonly said: string; readonly loud: boolean }[]> => {
  const row = await deps.store.watch.findIncident(ref);
  if (row === null) return [];
  const name = await readNames(deps);
  const incident = incidentOf(row, row.id);
  const events = await deps.store.watch.incidentEvents(row.id);
  return events.flatMap((one) => {
    if (one.seq <= from) return [];
    const { person } = one.actor as unknown as Actor;
    const said = eventWords(
      eventOf(one),
      person === null ? "Somebody" : name(person),
      name,
      incident,
    );
    const loud = one.type === "IncidentEscalated" || one.type === "IncidentResolved";
    return said === null ? [] : [{ atMs: one.at, said, loud }];
  });
};

/** A Monitor and where it stands. */
export interface MonitorView {
  readonly id: string;
  readonly pipeline: string;
  readonly model: string;
  readonly kind: string;
  readonly cron: string;
  readonly zone: string;
  readonly enabled: boolean;
  readonly checkedAt: number | null;
  readonly fault: string | null;
  readonly late: boolean;
  readonly verdicts: readonly Verdict[];
}

// What said once that the feed was broken, and was not said again when windows were judged later, is over.
const current = (rows: readonly VerdictRow[]): readonly VerdictRow[] => {
  const judged = Math.max(
    ...rows.filter((row) => !isFeedRule(row.rule)).map((row) => row.windowEnd),
  );
  return rows.filter((row) => !isFeedRule(row.rule) || row.windowEnd >= judged);
};

export const monitorView = (
  monitor: MonitorRow,
  verdicts: readonly VerdictRow[],
  late: boolean,
): MonitorView => ({
  id: monitor.id,
  pipeline: monitor.pipeline,
  model: monitor.model,
  kind: monitor.kind,
  cron: monitor.cron,
  zone: monitor.zone,
  enabled: monitor.enabled,
  checkedAt: monitor.checkedAt,
  fault: monitor.fault,
  late,
  verdicts: current(verdicts).map((row) => row.body as unknown as Verdict),
});
