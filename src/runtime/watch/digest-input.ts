import type { DigestChange, DigestInput, DigestSpend } from "../../alerts/digest/digest.ts";
import { incidentOf } from "../../alerts/incident/rows.ts";
import { eligible } from "../../engine/voting.ts";
import type { Verdict } from "../../monitors/verdict.ts";
import type { MonitorRow, SubscriptionRow } from "../../store/watch-rows.ts";
import type { WatchDeps } from "./deps.ts";
import { isLate } from "./late.ts";
import { figureOf } from "./views.ts";

const OPEN = ["pending", "firing", "acked", "snoozed"] as const;
const CHANGES = 5;
const SERIES = 20;

const RANK = ["critical", "warning", "info", "not_enough_data", "ok"];

const movedOf = async (
  { store }: WatchDeps,
  monitor: MonitorRow,
  from: number,
): Promise<readonly (DigestChange & { readonly rank: number })[]> => {
  const rows = await store.watch.latestVerdicts(monitor.id);
  const told = rows
    .map((row) => row.body as unknown as Verdict)
    .filter((verdict) => verdict.windowEnd > from && (verdict.firing || verdict.level === "info"));
  return Promise.all(
    told.map(async (verdict) => {
      const { name } = figureOf(verdict);
      const { subject } = verdict;
      const series = await store.watch.measures({
        monitor: monitor.id,
        subject,
        name,
        limit: SERIES,
      });
      return {
        model: monitor.model,
        subject,
        said: verdict.reasons[0] ?? "",
        firing: verdict.firing && !verdict.digestOnly,
        values: series
          .map((row) => (row.body as { readonly value?: number | null }).value ?? null)
          .reverse(),
        rank: RANK.indexOf(verdict.level),
      };
    }),
  );
};

const approvalsFor = async (
  { store }: WatchDeps,
  person: string | null,
): Promise<DigestInput["approvals"]> => {
  const everyone = await store.people.list();
  const open = await store.approvals.list({ limit: 50 });
  return open
    .filter((one) => person === null || eligible(one.policy, one.level, everyone).includes(person))
    .map((one) => ({
      said: `${one.runName}: ${one.phase === null ? `${one.kind} approval` : `handoff ${one.phase}`}`,
      deadlineMs: one.deadlineMs,
    }));
};

const spendOf = async ({ store }: WatchDeps, until: number): Promise<readonly DigestSpend[]> => {
  const month = new Date(until).toISOString().slice(0, 7);
  const rows = await store.ledger.list("workspace");
  const now = rows.filter(({ scope }) => scope.includes(month) || !/\d{4}-\d{2}/.test(scope));
  return now.map(({ cap, held, spent }) => ({
    name: "Models, this month",
    spent: spent + held,
    budget: cap,
    forecast: null,
  }));
};

/** Everything that a Digest of this subscription says about the time from `from` to `until`. */
export const readDigestInput = async (
  deps: WatchDeps,
  subscription: SubscriptionRow,
  from: number,
  until: number,
): Promise<DigestInput> => {
  const { watch } = deps.store;
  const person = subscription.kind === "person" ? subscription.target : null;
  const [open, recent, monitors, silences] = await Promise.all([
    watch.incidents({ states: OPEN }),
    watch.incidents({ sinceMs: from }),
    watch.monitors({ enabled: true }),
    watch.silences(until),
  ]);
  const rows = new Map([...open, ...recent].map((row) => [row.id, row]));
  const moved = (await Promise.all(monitors.map((one) => movedOf(deps, one, from)))).flat();
  const worst = moved.sort((a, b) => a.rank - b.rank).slice(0, CHANGES);
  return {
    from,
    until,
    person,
    incidents: [...rows.values()].map((row) => incidentOf(row, row.id)),
    approvals: await approvalsFor(deps, person),
    changes: worst,
    performance: [],
    spend: await spendOf(deps, until),
    silences: silences.map(({ author, expiresAt, matchers, reason }) => ({
      said: `${Object.values(matchers).join(", ")}, silenced by ${author} (${reason}) until ${new Date(expiresAt).toISOString().slice(0, 16)}Z`,
      expiresAt,
    })),
    late: monitors
      .filter((one) => isLate(one, until))
      .map(
        (one) =>
          `${one.id}: last look ${one.checkedAt === null ? "never" : new Date(one.checkedAt).toISOString().slice(0, 16)}`,
      ),
  };
};
