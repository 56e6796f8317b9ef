import {
  advance,
  foldIncident,
  isDismissed,
  isIncidentRejection,
} from "../../alerts/incident/advance.ts";
import { findingOf, groupKeyOf } from "../../alerts/incident/fingerprint.ts";
import { inhibitorOf, silenceOf } from "../../alerts/incident/inhibit.ts";
import { incidentOf, incidentWrite } from "../../alerts/incident/rows.ts";
import { isFeedRule } from "../../alerts/incident/severity.ts";
import { tellingsOf } from "../../alerts/incident/tellings.ts";
import type {
  Incident,
  IncidentCommand,
  IncidentLabels,
  IncidentRejection,
} from "../../alerts/incident/types.ts";
import type { Actor } from "../../engine/command.ts";
import type { Rejection } from "../../engine/context.ts";
import { sha256 } from "../../lib/hash.ts";
import type { Verdict } from "../../monitors/verdict.ts";
import type { Loaded, OutboxWrite, Writes } from "../../store/port.ts";
import type { AuditWrite, Json } from "../../store/rows.ts";
import type { WatchWrite } from "../../store/watch-port.ts";
import { SLACK_TARGET } from "../outbox.ts";
import type { WatchDeps } from "./deps.ts";

/** What an Incident's command changes, as part of a transaction. */
export interface IncidentChange {
  readonly watch: readonly WatchWrite[];
  readonly outbox: readonly OutboxWrite[];
  readonly incident: Incident;
}

interface At {
  readonly nowMs: number;
  readonly actor: Actor;
  readonly slack: boolean;
}

const toWrites = (
  deps: WatchDeps,
  before: Incident,
  command: IncidentCommand,
  { actor, nowMs, slack }: At,
): IncidentChange | IncidentRejection => {
  const { newId, policy } = deps;
  const context = { nowMs, by: actor.person, newId, policy };
  const events = advance(before, command, context);
  if (isIncidentRejection(events)) return events;
  if (events.length === 0) return { watch: [], outbox: [], incident: before };
  const after = foldIncident(before, events, { atMs: nowMs, by: actor.person });
  return {
    incident: after,
    watch: [incidentWrite(before, after, events, { nowMs, actor, policy })],
    outbox: tellingsOf(before, after, events, {
      nowMs,
      policy,
      slack: slack ? SLACK_TARGET : null,
      targets: deps.targetsOf(after.labels),
    }),
  };
};

/** The Incident that a group's findings belong to: the open one, one that ended less than a day ago, else a new one. */
const incidentFor = (
  deps: WatchDeps,
  { reads }: Loaded,
  labels: IncidentLabels,
  nowMs: number,
): { readonly incident: Incident; readonly last: Incident | null } => {
  const row = reads.watch.lastOfGroup(groupKeyOf(labels));
  const last = row === null ? null : incidentOf(row, row.id);
  const { dismissedMs, reopenMs } = deps.policy;
  const keptMs = last?.state === "false_alarm" ? dismissedMs : reopenMs;
  const isOver = last?.endedAt != null && nowMs - last.endedAt > reopenMs;
  const remembered = last?.endedAt == null || nowMs - last.endedAt <= keptMs ? last : null;
  const incident = last === null || isOver ? incidentOf(null, deps.newId()) : last;
  return { incident, last: remembered };
};

const judged = ({ level }: Verdict): boolean => level !== "not_enough_data";

/** What one check says about the Incident of one cause. `before`: what the same check made of other Incidents. */
interface GroupCheck {
  readonly monitor: string;
  readonly labels: IncidentLabels;
  readonly verdicts: readonly Verdict[];
  readonly before: readonly Incident[];
  /** What is not mentioned says nothing: the check did not look at everything. */
  readonly partial?: boolean;
}

const openNow = ({ reads }: Loaded, before: readonly Incident[]): readonly Incident[] => {
  const changed = new Set(before.map((one) => one.id));
  const open = reads.watch.openIncidents().map((row) => incidentOf(row, row.id));
  return [...before, ...open.filter((one) => !changed.has(one.id))];
};

/** Alerts of this Monitor that a check, which could judge, does not mention any more. */
const gone = (
  incident: Incident,
  { monitor, partial, verdicts }: GroupCheck,
  labels: IncidentLabels,
) => {
  if (partial === true) return [];
  if (!verdicts.some((verdict) => judged(verdict) && !isFeedRule(verdict.rule))) return [];
  const named = new Set(verdicts.map((verdict) => findingOf(labels, verdict).fingerprint));
  return incident.alerts
    .filter((alert) => alert.open && alert.verdict.monitor === monitor)
    .map((alert) => alert.fingerprint)
    .filter((fingerprint) => !named.has(fingerprint));
};

/** Verdicts of one group, split into what opens or keeps an alert, and what was judged to be quiet. */
const observed = (loaded: Loaded, incident: Incident, check: GroupCheck, nowMs: number) => {
  const { before, labels } = check;
  const open = openNow(loaded, before);
  const silences = loaded.reads.watch.silences(nowMs);
  const verdicts = check.verdicts.filter((verdict) => verdict.cause === labels.cause);
  const told = verdicts.filter(
    (verdict) =>
      verdict.firing &&
      judged(verdict) &&
      !verdict.digestOnly &&
      inhibitorOf(labels, verdict, open) === null &&
      silenceOf(labels, verdict, silences, nowMs) === null,
  );
  const quiet = verdicts.filter((verdict) => !verdict.firing && judged(verdict));
  return {
    firing: told.map((verdict) => findingOf(labels, verdict)),
    quiet: [
      ...quiet.map((verdict) => findingOf(labels, verdict).fingerprint),
      ...gone(incident, check, labels),
    ],
  };
};

/** What the Verdicts of one check make of the Incident of their group; null where it stays as it is. */
export const observeGroup = (
  deps: WatchDeps,
  loaded: Loaded,
  check: GroupCheck,
  at: At,
): IncidentChange | null => {
  const { labels } = check;
  const { incident, last } = incidentFor(deps, loaded, labels, at.nowMs);
  const { firing, quiet } = observed(loaded, incident, check, at.nowMs);
  const fresh = last === null ? firing : firing.filter((one) => !isDismissed(last, one));
  const change = toWrites(deps, incident, { type: "observe", labels, firing: fresh, quiet }, at);
  return "code" in change || change.watch.length === 0 ? null : change;
};

export type IncidentAnswer =
  | { readonly ok: true; readonly incident: Incident }
  | { readonly ok: false; readonly rejection: Rejection | IncidentRejection };

const auditOf = (command: IncidentCommand, id: string): readonly AuditWrite[] => {
  if (["observe", "tick", "deployed", "release_ended"].includes(command.type)) return [];
  return [
    {
      action: `Incident.${command.type}`,
      subject: id,
      detail: { ...command } as { readonly [key: string]: Json },
    },
  ];
};

/** Gives an Incident a command; the same key has the effect of once. */
export type DispatchIncident = (request: {
  readonly key: string;
  readonly incidentId: string;
  readonly actor: Actor;
  readonly command: IncidentCommand;
}) => Promise<IncidentAnswer>;

/** The one way in which people and the clock change an Incident: decided by `advance`, with outbox, audit and key in one transaction. */
export const createDispatchIncident =
  (deps: WatchDeps): DispatchIncident =>
  async ({ actor, command, incidentId, key }) => {
    const nowMs = deps.clock.nowMs();
    const slack = await deps.slackOn();
    const payloadHash = sha256(JSON.stringify([command, incidentId, actor.person]));
    const done = await deps.store.commit<Json>(
      { runId: incidentId, key, payloadHash, nowMs, actor },
      (loaded): Writes | { readonly rejection: Rejection } => {
        const before = incidentOf(loaded.reads.watch.incident(incidentId), incidentId);
        const change = toWrites(deps, before, command, { nowMs, actor, slack });
        // The store passes a rejection through unread; its codes are the Incident's own.
        if ("code" in change) return { rejection: change as unknown as Rejection };
        return {
          events: [],
          outbox: change.outbox,
          watch: change.watch,
          audit: change.watch.length === 0 ? [] : auditOf(command, incidentId),
          answer: change.incident as unknown as Json,
        };
      },
    );
    if (done.kind === "rejected") return { ok: false, rejection: done.rejection };
    return { ok: true, incident: done.answer as unknown as Incident };
  };
