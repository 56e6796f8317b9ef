import { isOpen } from "../incident/advance.ts";
import type { Incident } from "../incident/types.ts";
import { lasted, sentenceOf, titleOf } from "../incident/words.ts";
import { sparkline } from "./sparkline.ts";

/** Rows of a section before "+N more" (monitoring.md 8). */
export const DIGEST_ROWS = 5;
const EXPIRES_SOON_MS = 172_800_000;

export interface DigestSection {
  readonly title: string;
  readonly rows: readonly string[];
  readonly more: number;
}

/** What a Digest says; it does not change once it is made. */
export interface DigestContent {
  readonly from: number;
  readonly until: number;
  readonly headline: string;
  /** Nothing happened and nothing waits. */
  readonly quiet: boolean;
  readonly sections: readonly DigestSection[];
}

/** A subject that moved without becoming an Incident, or because of one. */
export interface DigestChange {
  readonly model: string;
  readonly subject: string;
  readonly said: string;
  readonly firing: boolean;
  readonly values: readonly (number | null)[];
}

/** Money in micro-USD. `forecast` null: too few days to say. */
export interface DigestSpend {
  readonly name: string;
  readonly spent: number;
  readonly budget: number | null;
  readonly forecast: { readonly p50: number; readonly p90: number } | null;
}

/** What a Digest is made from. `from` and `until` bound its period, epoch milliseconds. */
export interface DigestInput {
  readonly from: number;
  readonly until: number;
  /** Ids of whom it is for: their own Incidents need them; null for a channel. */
  readonly person: string | null;
  readonly incidents: readonly Incident[];
  readonly approvals: readonly { readonly said: string; readonly deadlineMs: number }[];
  readonly changes: readonly DigestChange[];
  readonly performance: readonly string[];
  readonly spend: readonly DigestSpend[];
  readonly silences: readonly { readonly said: string; readonly expiresAt: number }[];
  readonly late: readonly string[];
}

const section = (title: string, rows: readonly string[]): readonly DigestSection[] =>
  rows.length === 0
    ? []
    : [
        {
          title,
          rows: rows.slice(0, DIGEST_ROWS),
          more: Math.max(0, rows.length - DIGEST_ROWS),
        },
      ];

const ended = ({ endedAt }: Incident, { from, until }: DigestInput): boolean =>
  endedAt !== null && endedAt > from && endedAt <= until;

const isMine = (incident: Incident, person: string | null): boolean =>
  person === null
    ? incident.state === "firing" || incident.state === "pending"
    : incident.assignee === person ||
      (incident.assignee === null &&
        incident.severity === "critical" &&
        incident.state !== "acked");

const hoursLeft = (deadlineMs: number, until: number): string =>
  deadlineMs <= until ? "overdue" : `${lasted(deadlineMs - until)} left`;

const usd = (micro: number): string => `$${(micro / 1_000_000).toFixed(2)}`;

const spendRow = ({ budget, forecast, name, spent }: DigestSpend): string => {
  const of =
    budget === null
      ? "no budget"
      : `${usd(budget)}, ${Math.round((100 * spent) / Math.max(budget, 1))} %`;
  const to =
    forecast === null ? "" : `; the month comes to ${usd(forecast.p50)} (p90 ${usd(forecast.p90)})`;
  return `${name}: ${usd(spent)} of ${of}${to}`;
};

const stateOf = (incident: Incident): string => {
  const by = incident.assignee ?? incident.acked?.by;
  return incident.state === "snoozed"
    ? ", snoozed"
    : by === undefined
      ? ", nobody has it"
      : `, ${by} has it`;
};

const line = (incident: Incident): string =>
  `${titleOf(incident)} (${incident.severity}): ${sentenceOf(incident)}`;

const over = (incident: Incident): string =>
  `${titleOf(incident)}: ${incident.state === "false_alarm" ? "false alarm" : "resolved"} after ${lasted((incident.endedAt ?? 0) - incident.openedAt)}`;

const moved = ({ firing, model, said, subject, values }: DigestChange): string =>
  `${model}, ${subject}${firing ? "" : " (no incident)"}: ${said} ${sparkline(values)}`.trimEnd();

const headlineOf = (open: number, fresh: number, waiting: number): string => {
  if (open === 0 && waiting === 0)
    return "All quiet: no incident is open, and nothing waits for anybody.";
  const incidents = open === 0 ? "no incident is open" : `${open} open (${fresh} new)`;
  return `${incidents}; ${waiting === 0 ? "nothing waits for you" : `${waiting} wait for you`}.`;
};

/**
 * Makes a Digest: what needs its reader first, then new, standing and ended Incidents, what moved, performance, spend, silences
 * about to end, and checks that did not run. Pure.
 */
export const makeDigest = (input: DigestInput): DigestContent => {
  const { from, incidents, person, until } = input;
  const open = incidents.filter((one) => isOpen(one));
  const fresh = open.filter((one) => one.openedAt > from);
  const standing = open.filter((one) => one.openedAt <= from);
  const done = incidents.filter((one) => ended(one, input));
  const needs = [
    ...input.approvals.map(({ deadlineMs, said }) => `${said}, ${hoursLeft(deadlineMs, until)}`),
    ...open.filter((one) => isMine(one, person)).map((one) => `${titleOf(one)}${stateOf(one)}`),
  ];
  const soon = input.silences.filter((one) => one.expiresAt <= until + EXPIRES_SOON_MS);
  const sections = [
    ...section("Needs you", needs),
    ...section("New incidents", fresh.map(line)),
    ...section(
      "Standing incidents",
      standing.map((one) => `${line(one)}${stateOf(one)}`),
    ),
    ...section("Ended", done.map(over)),
    ...section("What moved", input.changes.map(moved)),
    ...section("Performance", input.performance),
    ...section("Spend", input.spend.map(spendRow)),
    ...section(
      "Silences that end soon",
      soon.map((one) => one.said),
    ),
    ...section("Checks that did not run", input.late),
  ];
  const quiet = sections.every(({ title }) => title === "Spend" || title === "Performance");
  return {
    from,
    until,
    headline: headlineOf(open.length, fresh.length, needs.length),
    quiet,
    sections,
  };
};
