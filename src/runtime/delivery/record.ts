import type { Actor } from "../../engine/command.ts";
import { canonicalJson, sha256 } from "../../lib/hash.ts";
import type { Json } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import { SLACK_TARGET } from "../outbox.ts";
import { slackIn } from "../slack-on.ts";

/** Why something could not be delivered, in words for a person. Times are epoch milliseconds. */
export interface DeliveryFault {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  /** Failed tries in a row. */
  readonly tries: number;
  readonly sinceMs: number;
}

/** Where the work of one run lies outside the home. What is null has not happened; a fault stands beside what came before it. */
export interface Delivery {
  /** Branch of the run, and the commit and tags of it that were delivered last. */
  readonly branch: string;
  readonly commit: string | null;
  readonly tags: readonly string[];
  /** Address of the remote; null: none is set, and `bundle` is the path of a git bundle instead. */
  readonly remote: string | null;
  readonly bundle: string | null;
  readonly pullRequest: { readonly url: string; readonly number: number } | null;
  readonly fault: DeliveryFault | null;
  /** Why the branch was delivered and no pull request stands. */
  readonly requestFault: { readonly message: string; readonly next: string } | null;
  /** What keeps the run's work from `main`, where people edit; null: nothing does. */
  readonly mainFault: { readonly message: string; readonly next: string } | null;
}

const settingOf = (runId: string): string => `delivery/${runId}`;

const NOTHING: Omit<Delivery, "branch"> = {
  commit: null,
  tags: [],
  remote: null,
  bundle: null,
  pullRequest: null,
  fault: null,
  requestFault: null,
  mainFault: null,
};

// Only `writeDelivery` writes this setting, so what is stored has this shape.
const fromJson = (value: Json): Delivery | null => value as unknown as Delivery | null;

/** What was delivered of a run; null before the first try. */
export const readDelivery = async (
  { store }: Pick<RuntimeDeps, "store">,
  runId: string,
): Promise<Delivery | null> => fromJson(await store.settings.get(settingOf(runId)));

/** Records a change of where the run's work lies and, in the same transaction, asks Slack to show it. Equal values write nothing. */
export const writeDelivery = async (
  deps: Pick<RuntimeDeps, "store" | "clock" | "newId" | "slackConfigured">,
  runId: string,
  actor: Actor,
  branch: string,
  change: Partial<Delivery>,
): Promise<void> => {
  const changed = (known: Delivery | null): Delivery => ({
    ...NOTHING,
    ...known,
    branch,
    ...change,
  });
  const before = await readDelivery(deps, runId);
  if (before !== null && canonicalJson(before) === canonicalJson(changed(before))) return;
  await deps.store.commit(
    {
      runId,
      key: `delivery/${runId}/${deps.newId()}`,
      payloadHash: sha256(canonicalJson(change)),
      nowMs: deps.clock.nowMs(),
      actor,
    },
    // Read again inside the transaction: pushing and merging record their parts side by side.
    (loaded) => ({
      events: [],
      answer: true,
      settings: [
        {
          key: settingOf(runId),
          value: changed(fromJson(loaded.reads.setting(settingOf(runId)))) as unknown as Json,
        },
      ],
      outbox: slackIn(deps, loaded)
        ? [
            {
              effectKey: `delivery/${runId}`,
              target: SLACK_TARGET,
              lane: runId,
              kind: "delivery",
              body: { run_id: runId, ref: runId },
            },
          ]
        : [],
    }),
  );
};
