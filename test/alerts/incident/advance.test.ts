import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advance,
  foldIncident,
  isIncidentRejection,
  isOpen,
  nextAtOf,
} from "../../../src/alerts/incident/advance.ts";
import { emptyIncident } from "../../../src/alerts/incident/evolve-incident.ts";
import { findingOf, fingerprintOf, groupKeyOf } from "../../../src/alerts/incident/fingerprint.ts";
import { inhibitorOf, silenceOf } from "../../../src/alerts/incident/inhibit.ts";
import { quietUntil } from "../../../src/alerts/incident/quiet-hours.ts";
import { tellingsOf } from "../../../src/alerts/incident/tellings.ts";
import {
  ALERT_POLICY,
  type AlertPolicy,
  type Incident,
  type IncidentCommand,
  type IncidentLabels,
} from "../../../src/alerts/incident/types.ts";
import type { Verdict } from "../../../src/monitors/verdict.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LABELS: IncidentLabels = {
  pipeline: "strikes",
  environment: "prod",
  model: "strikes",
  cause: "drift",
};

const verdict = (subject: string, more: Partial<Verdict> = {}): Verdict => ({
  monitor: "strikes-drift",
  cause: "drift",
  subject,
  segment: null,
  rule: "drift",
  level: "warning",
  firing: true,
  windowEnd: 0,
  since: null,
  reasons: [`${subject} moved`],
  evidence: {},
  inhibitedBy: null,
  restated: false,
  digestOnly: false,
  ...more,
});
const finding = (subject: string, more: Partial<Verdict> = {}) =>
  findingOf({ ...LABELS, cause: more.cause ?? "drift" }, verdict(subject, more));

interface World {
  incident: Incident;
  ids: number;
}
const world = (): World => ({ incident: emptyIncident("I1"), ids: 0 });

const give = (
  w: World,
  command: IncidentCommand,
  nowMs: number,
  by: string | null = null,
  policy: AlertPolicy = ALERT_POLICY,
) => {
  const newId = () => `A${w.ids++}`;
  const events = advance(w.incident, command, { nowMs, by, newId, policy });
  if (isIncidentRejection(events)) return events;
  w.incident = foldIncident(w.incident, events, { atMs: nowMs, by });
  return events;
};
const see = (
  w: World,
  firing: readonly ReturnType<typeof finding>[],
  nowMs: number,
  quiet: readonly string[] = [],
) => give(w, { type: "observe", labels: LABELS, firing, quiet }, nowMs);

describe("an incident", () => {
  test("is one for many alerts, and closes when its last alert does", () => {
    const w = world();
    see(w, [finding("wing"), finding("speed")], 0);
    expect(w.incident.alerts.map((alert) => alert.open)).toEqual([true, true]);
    see(w, [finding("wing")], HOUR, [finding("speed").fingerprint]);
    expect(w.incident.state).toBe("pending");
    see(w, [], 2 * HOUR, [finding("wing").fingerprint]);
    expect(w.incident).toMatchObject({ state: "resolved", endedAt: 2 * HOUR, resolvedBy: null });
  });

  test("keeps a fingerprint while its figures and severity grow", () => {
    expect(finding("wing", { level: "critical", evidence: { effect: 0.4 } }).fingerprint).toBe(
      finding("wing").fingerprint,
    );
    expect(fingerprintOf({ a: "1", b: "2" })).toBe(fingerprintOf({ b: "2", a: "1" }));
    expect(groupKeyOf({ ...LABELS, cause: "cost" })).not.toBe(groupKeyOf(LABELS));
  });

  test("that fires again within a day is the same one, and asks anew", () => {
    const w = world();
    see(w, [finding("wing")], 0);
    give(w, { type: "ack" }, MINUTE, "tess");
    see(w, [], HOUR, [finding("wing").fingerprint]);
    see(w, [finding("wing")], 2 * HOUR);
    expect(w.incident).toMatchObject({ state: "pending", reopened: 1, acked: null, endedAt: null });
  });

  test("that was a false alarm stays closed until it was quiet once, or is worse", () => {
    const w = world();
    see(w, [finding("wing")], 0);
    give(w, { type: "false_alarm", reason: "season", note: "" }, MINUTE, "tess");
    expect(see(w, [finding("wing")], HOUR)).toEqual([]);
    const worse = structuredClone(w);
    see(worse, [finding("wing", { level: "critical" })], 2 * HOUR);
    expect(isOpen(worse.incident)).toBe(true);
    see(w, [], 2 * HOUR, [finding("wing").fingerprint]);
    see(w, [finding("wing")], 3 * HOUR);
    expect(isOpen(w.incident)).toBe(true);
  });

  test("snoozed ends its snooze when the time comes, when it gets worse, and at the next deploy", () => {
    const expired = world();
    see(expired, [finding("wing")], 0);
    give(expired, { type: "snooze", until: HOUR }, MINUTE, "tess");
    expect(nextAtOf(expired.incident, { policy: ALERT_POLICY })).toBe(HOUR);
    give(expired, { type: "tick" }, HOUR);
    expect(expired.incident).toMatchObject({ state: "firing", snooze: null });

    const worse = world();
    see(worse, [finding("wing")], 0);
    give(worse, { type: "snooze", until: null }, MINUTE, "tess");
    see(worse, [finding("wing", { level: "critical" })], HOUR);
    expect(worse.incident).toMatchObject({ state: "firing", severity: "critical" });

    const deployed = world();
    see(deployed, [finding("wing")], 0);
    give(deployed, { type: "snooze", until: null }, MINUTE, "tess");
    give(deployed, { type: "tick" }, 999 * HOUR);
    expect(deployed.incident.state).toBe("snoozed");
    give(deployed, { type: "deployed" }, 999 * HOUR);
    expect(deployed.incident.state).toBe("firing");
  });

  test("a snooze without an end in the next thirty days is refused", () => {
    const w = world();
    see(w, [finding("wing")], 0);
    expect(give(w, { type: "snooze", until: 0 }, MINUTE, "tess")).toMatchObject({
      code: "SNOOZE_RANGE",
    });
    expect(give(w, { type: "snooze", until: 31 * 24 * HOUR + HOUR }, MINUTE, "tess")).toMatchObject(
      {
        code: "SNOOZE_RANGE",
      },
    );
  });

  test("critical and untaken mentions on-call after 15 minutes and pages after 30; taken, neither", () => {
    const cost = { cause: "cost", level: "critical", rule: "anomaly" } as const;
    const w = world();
    see(w, [finding("spend", cost)], 0);
    expect(w.incident).toMatchObject({ state: "firing", escalation: 0 });
    give(w, { type: "tick" }, 15 * MINUTE);
    expect(w.incident.escalation).toBe(1);
    const taken = structuredClone(w);
    give(w, { type: "tick" }, 30 * MINUTE);
    expect(w.incident).toMatchObject({ escalation: 2, paged: true });
    give(taken, { type: "ack" }, 20 * MINUTE, "bob");
    give(taken, { type: "tick" }, 30 * MINUTE);
    expect(taken.incident).toMatchObject({ escalation: 1, paged: false, state: "acked" });
  });

  test("pages at once where people are harmed, and drift alone never pages", () => {
    const harmed = world();
    see(harmed, [finding("auc", { cause: "performance", level: "critical" })], 0);
    expect(harmed.incident.paged).toBe(true);
    const drift = world();
    see(drift, [finding("wing")], 0);
    give(drift, { type: "tick" }, 2 * HOUR);
    give(drift, { type: "tick" }, 3 * HOUR);
    expect(drift.incident.paged).toBe(false);
  });

  test("in quiet hours waits with a warning, never with a critical one", () => {
    const night = Date.parse("2026-03-28T23:30Z");
    const quietHours = { from: "22:00", to: "07:00", zone: "Europe/Berlin" };
    const policy = { ...ALERT_POLICY, quietHours };
    const morning = Date.parse("2026-03-29T05:00Z"); // the clocks went forward in that night
    expect(quietUntil(night, quietHours)).toBe(morning);
    expect(quietUntil(Date.parse("2026-03-28T12:00Z"), quietHours)).toBeNull();
    const w = world();
    const command = { type: "observe" as const, labels: LABELS, quiet: [] };
    const events = give(w, { ...command, firing: [finding("wing")] }, night, null, policy);
    const told = { nowMs: night, policy, slack: "slack", targets: [] };
    if (isIncidentRejection(events)) throw new Error(events.code);
    expect(tellingsOf(emptyIncident("I1"), w.incident, events, told)).toEqual([]);
    const loud = world();
    give(
      loud,
      { ...command, firing: [finding("wing", { level: "critical" })] },
      night,
      null,
      policy,
    );
    expect(loud.incident.heldUntil).toBe(night);
  });

  test("takes nothing once it is over, and nothing that nobody decided", () => {
    const w = world();
    expect(give(w, { type: "ack" }, 0, "tess")).toMatchObject({ code: "INCIDENT_NOT_FOUND" });
    see(w, [finding("wing")], 0);
    expect(give(w, { type: "resolve" }, 1, null)).toMatchObject({ code: "PEOPLE_ONLY" });
    give(w, { type: "resolve" }, 1, "tess");
    expect(give(w, { type: "ack" }, 2, "tess")).toMatchObject({
      code: "INCIDENT_OVER",
      valid: ["alerts_list"],
    });
  });
});

describe("the root cause is told once", () => {
  const feed = world();
  give(
    feed,
    {
      type: "observe",
      labels: { ...LABELS, cause: "quality" },
      firing: [finding("feed", { cause: "quality", rule: "feed", level: "critical" })],
      quiet: [],
    },
    0,
  );

  test("a feed that stopped explains drift and performance of its model, not of others", () => {
    expect(inhibitorOf(LABELS, verdict("wing"), [feed.incident])).toBe("feed");
    expect(inhibitorOf({ ...LABELS, model: "other" }, verdict("wing"), [feed.incident])).toBeNull();
    expect(inhibitorOf(LABELS, verdict("spend", { cause: "cost" }), [feed.incident])).toBeNull();
  });

  test("a feature that drifts explains its own values out of range, and nothing else of quality", () => {
    const drifting = world();
    give(drifting, { type: "observe", labels: LABELS, firing: [finding("wing")], quiet: [] }, 0);
    const shape = (subject: string, rule: string) => verdict(subject, { cause: "quality", rule });
    expect(inhibitorOf(LABELS, shape("wing", "range"), [drifting.incident])).toBe("wing");
    expect(inhibitorOf(LABELS, shape("speed", "range"), [drifting.incident])).toBeNull();
    expect(inhibitorOf(LABELS, shape("wing", "null_rate"), [drifting.incident])).toBeNull();
    expect(inhibitorOf(LABELS, shape("wing", "range"), [feed.incident])).toBeNull();
  });

  test("a pipeline explains those that it feeds", () => {
    const child = { ...LABELS, pipeline: "child", model: "child" };
    expect(inhibitorOf(child, verdict("wing"), [feed.incident], ["strikes"])).toMatch(/strikes/);
  });

  test("a silence matches by its labels until it expires, and an empty one matches nothing", () => {
    const row = { id: "S1", author: "tess", reason: "migration", createdAt: 0, expiresAt: HOUR };
    const wing = { ...row, matchers: { subject: "wing" } };
    expect(silenceOf(LABELS, verdict("wing"), [wing], MINUTE)?.id).toBe("S1");
    expect(silenceOf(LABELS, verdict("speed"), [wing], MINUTE)).toBeNull();
    expect(silenceOf(LABELS, verdict("wing"), [wing], HOUR)).toBeNull();
    expect(silenceOf(LABELS, verdict("wing"), [{ ...row, matchers: {} }], MINUTE)).toBeNull();
  });
});

const subjects = fc.constantFrom("wing", "speed", "phase");
const commandOf = (nowMs: number): fc.Arbitrary<readonly [IncidentCommand, string | null]> =>
  fc.oneof(
    fc
      .tuple(fc.uniqueArray(subjects), fc.constantFrom("warning", "critical", "info"))
      .map(([names, level]): readonly [IncidentCommand, null] => [
        {
          type: "observe",
          labels: LABELS,
          firing: names.map((name) => finding(name, { level: level as "warning" })),
          quiet: ["wing", "speed", "phase"]
            .filter((name) => !names.some((one) => one === name))
            .map((name) => finding(name).fingerprint),
        },
        null,
      ]),
    fc.constantFrom<readonly [IncidentCommand, string | null]>(
      [{ type: "tick" }, null],
      [{ type: "deployed" }, null],
      [{ type: "ack" }, "tess"],
      [{ type: "assign", to: "bob" }, "tess"],
      [{ type: "snooze", until: null }, "tess"],
      [{ type: "snooze", until: nowMs + HOUR }, "tess"],
      [{ type: "resolve" }, "tess"],
      [{ type: "false_alarm", reason: "season", note: "" }, "tess"],
    ),
  );

test("whatever happens, an incident is open exactly while an alert is, its fingerprints are unique, and time moves on", () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 1, max: 10 * HOUR }), { minLength: 1, maxLength: 25 })
        .chain((gaps) => {
          let at = 0;
          return fc.tuple(
            ...gaps.map((gap) => {
              at += gap;
              return fc.tuple(fc.constant(at), commandOf(at));
            }),
          );
        }),
      (steps) => {
        const w = world();
        for (const [at, [command, by]] of steps) {
          give(w, command, at, by);
          const open = w.incident.alerts.filter((alert) => alert.open);
          expect(open.length > 0).toBe(isOpen(w.incident));
          expect(new Set(open.map((alert) => alert.fingerprint)).size).toBe(open.length);
          // A tick at the time it asked for always moves something on, so that nothing stays due for ever.
          const next = nextAtOf(w.incident, { policy: ALERT_POLICY });
          if (next !== null && next <= at + HOUR) {
            const later = structuredClone(w);
            const events = give(later, { type: "tick" }, Math.max(next, at));
            expect(isIncidentRejection(events) ? [] : events.length).not.toBe(0);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
