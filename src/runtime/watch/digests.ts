import { type DigestContent, makeDigest } from "../../alerts/digest/digest.ts";
import type { Actor } from "../../engine/command.ts";
import { sha256 } from "../../lib/hash.ts";
import type { Json } from "../../store/rows.ts";
import type { SubscriptionRow } from "../../store/watch-rows.ts";
import { SLACK_TARGET } from "../outbox.ts";
import { monitorActor } from "./check.ts";
import type { WatchDeps } from "./deps.ts";
import { readDigestInput } from "./digest-input.ts";
import { mustBeSchedule, nextSlot, periodAt, type Slot } from "./next-slot.ts";
import { skippedWrites, slotRow, slotsDue } from "./slots.ts";

/** A missed Digest is still sent when it is younger than half its period, and at most this (monitoring.md 8). */
const MAX_AGE_MS = 21_600_000;

const scheduleOf = ({ id }: SubscriptionRow): string => `digest/${id}`;

/** Since when the next Digest tells: the last that was delivered, else the start of the subscription. */
const coveredUntil = async (deps: WatchDeps, subscription: SubscriptionRow): Promise<number> => {
  const last = await deps.store.watch.lastDone(scheduleOf(subscription));
  return Math.max(last?.at ?? 0, subscription.since);
};

interface Made {
  readonly subscription: SubscriptionRow;
  readonly schedule: string;
  readonly slot: Slot;
  readonly missed: readonly Slot[];
  readonly content: DigestContent;
}

const isSent = ({ content, subscription }: Made): boolean =>
  !content.quiet || subscription.whenQuiet === "line";

/** Slot, content and outbox in one transaction: a Digest is sent once, whatever crashes. */
const commitDigest = async (deps: WatchDeps, made: Made, actor: Actor): Promise<boolean> => {
  const { content, missed, schedule, slot, subscription } = made;
  const nowMs = deps.clock.nowMs();
  const body = content as unknown as Json;
  const slack = await deps.slackOn();
  const outcome = await deps.store.commit(
    {
      runId: schedule,
      key: `cron/${schedule}/${slot.slot}`,
      payloadHash: sha256(slot.slot),
      nowMs,
      actor,
    },
    ({ reads }) => {
      if (reads.watch.slot(schedule, slot.slot) !== null)
        return { rejection: { code: "ALREADY_CLAIMED", message: "sent already", valid: [] } };
      const row = slotRow(schedule, slot, "done", nowMs);
      const ref = { run_id: subscription.id, ref: slot.slot };
      return {
        events: [],
        answer: true,
        watch: [
          ...skippedWrites(schedule, missed, nowMs),
          { op: "slot", row: { ...row, contentHash: sha256(JSON.stringify(content)) } },
          {
            op: "digest",
            row: { subscription: subscription.id, slot: slot.slot, madeAt: nowMs, body },
          },
        ],
        outbox:
          isSent(made) && slack
            ? [
                {
                  effectKey: `digest/${subscription.id}/${slot.slot}`,
                  target: SLACK_TARGET,
                  lane: `digest/${subscription.id}`,
                  kind: "digest",
                  body: ref,
                },
              ]
            : [],
      };
    },
  );
  deps.kill("digest.decided");
  return outcome.kind === "committed";
};

const make = async (
  deps: WatchDeps,
  subscription: SubscriptionRow,
  until: number,
): Promise<DigestContent> => {
  const from = await coveredUntil(deps, subscription);
  return makeDigest(await readDigestInput(deps, subscription, from, until));
};

/** Only the newest slot is sent, and only while it is fresh; the older ones are recorded as skipped, and what they had to say is told. */
const tickOne = async (
  deps: WatchDeps,
  subscription: SubscriptionRow,
  nowMs: number,
): Promise<boolean> => {
  const schedule = scheduleOf(subscription);
  const last = await deps.store.watch.lastSlot(schedule);
  const due = slotsDue(subscription, Math.max(last?.dueAt ?? 0, subscription.since), nowMs);
  const slot = due.at(-1);
  if (slot === undefined) return false;
  const fresh = nowMs - slot.atMs <= Math.min(periodAt(subscription, slot.atMs) / 2, MAX_AGE_MS);
  const actor = monitorActor(schedule);
  if (fresh) {
    const content = await make(deps, subscription, nowMs);
    return commitDigest(
      deps,
      { subscription, schedule, slot, missed: due.slice(0, -1), content },
      actor,
    );
  }
  await deps.store.commit(
    {
      runId: schedule,
      key: `skip/${schedule}/${slot.slot}`,
      payloadHash: sha256(slot.slot),
      nowMs,
      actor,
    },
    () => ({ events: [], outbox: [], answer: false, watch: skippedWrites(schedule, due, nowMs) }),
  );
  return false;
};

/** A wish for Digests. `enabled` false ends them; a subscription that is made or switched on again starts at its next slot. */
export interface SubscriptionWish {
  readonly kind: "channel" | "person";
  readonly target: string;
  readonly cron: string;
  readonly zone: string;
  readonly whenQuiet: "line" | "nothing";
  readonly enabled: boolean;
}

export interface Digests {
  /** Sends what is due; gives how many went out. */
  readonly tick: (nowMs: number) => Promise<number>;
  /** UserInputError CRON_INVALID, ZONE_UNKNOWN. Gives when it is due next; null when it is off. */
  readonly subscribe: (
    wish: SubscriptionWish,
    actor: Actor,
    key: string,
  ) => Promise<{ readonly id: string; readonly nextAt: number | null }>;
  /** A Digest now, whatever the schedule says; the next one still tells everything since the last regular one. */
  readonly sendNow: (
    to: { readonly kind: "channel" | "person"; readonly target: string },
    actor: Actor,
    key: string,
  ) => Promise<{ readonly id: string; readonly slot: string; readonly content: DigestContent }>;
  readonly list: () => Promise<readonly SubscriptionRow[]>;
  readonly read: (
    subscription: string,
    slot: string,
  ) => Promise<{
    readonly content: DigestContent;
    readonly kind: "channel" | "person";
    readonly target: string;
    readonly nextAt: number | null;
  } | null>;
}

const idOf = ({ kind, target }: Pick<SubscriptionRow, "kind" | "target">): string =>
  `${kind}-${target}`;

const DAILY = { cron: "0 9 * * *", zone: "UTC" };
const DAY_MS = 86_400_000;

const subscribe =
  (deps: WatchDeps): Digests["subscribe"] =>
  async (wish, actor, key) => {
    const { cron, zone } = mustBeSchedule(wish);
    const nowMs = deps.clock.nowMs();
    const id = idOf(wish);
    await deps.store.commit(
      { runId: `digest/${id}`, key, payloadHash: sha256(JSON.stringify(wish)), nowMs, actor },
      ({ reads }) => {
        const before = reads.watch.subscription(id);
        const goesOn = before?.enabled === true && before.cron === cron && before.zone === zone;
        const row: SubscriptionRow = {
          id,
          ...wish,
          createdBy: actor.person,
          since: goesOn ? before.since : nowMs,
        };
        return {
          events: [],
          outbox: [],
          answer: true,
          watch: [{ op: "subscription", row }],
          audit: [
            {
              action: "SubscriptionSet",
              subject: id,
              detail: { cron, zone, enabled: wish.enabled },
            },
          ],
        };
      },
    );
    return { id, nextAt: wish.enabled ? (nextSlot(wish, nowMs)?.atMs ?? null) : null };
  };

/** Makes the Digests: scheduled summaries, each slot exactly once. */
export const createDigests = (deps: WatchDeps): Digests => {
  const { watch } = deps.store;
  const find = async (id: string) =>
    (await watch.subscriptions()).find((one) => one.id === id) ?? null;
  return {
    tick: async (nowMs) => {
      let sent = 0;
      for (const subscription of await watch.subscriptions())
        if (subscription.enabled && (await tickOne(deps, subscription, nowMs))) sent += 1;
      return sent;
    },
    subscribe: subscribe(deps),
    sendNow: async (to, actor, key) => {
      const nowMs = deps.clock.nowMs();
      const id = idOf(to);
      const known = await find(id);
      const subscription: SubscriptionRow = known ?? {
        id,
        ...to,
        ...DAILY,
        whenQuiet: "line",
        enabled: false,
        createdBy: actor.person,
        since: nowMs - DAY_MS,
      };
      const content = await make(deps, subscription, nowMs);
      const slot = { slot: `now-${sha256(key).slice(0, 12)}`, atMs: nowMs };
      const asked = { ...subscription, whenQuiet: "line" as const };
      await commitDigest(
        deps,
        { subscription: asked, schedule: `asked-digest/${id}`, slot, missed: [], content },
        actor,
      );
      return { id, slot: slot.slot, content };
    },
    list: () => watch.subscriptions(),
    read: async (id, slot) => {
      const row = await watch.digest(id, slot);
      if (row === null) return null;
      const known = await find(id);
      const dash = id.indexOf("-");
      const kind = id.slice(0, dash) === "person" ? "person" : "channel";
      const nextAt = known?.enabled ? (nextSlot(known, deps.clock.nowMs())?.atMs ?? null) : null;
      const content = row.body as unknown as DigestContent;
      return { content, kind, target: id.slice(dash + 1), nextAt };
    },
  };
};
