import type { z } from "zod";
import type { approvalsList } from "../../operations/approvals-list.ts";
import type { pipelineStatus } from "../../operations/pipeline-status.ts";
import { LIMITS } from "../limits.ts";
import { ACTIONS } from "./action-ids.ts";
import { actions, button, context, header, money, section, utc } from "./elements.ts";
import type { HomeView, KnownBlock } from "./slack-types.ts";

type Waiting = z.output<typeof approvalsList.output>["approvals"][number];
type Run = z.output<typeof pipelineStatus.output>["runs"][number];

/** What one person may see on their Home. */
export interface Home {
  readonly approvals: readonly Waiting[];
  readonly runs: readonly Run[];
  /** Runs whose news come to this person directly. */
  readonly followed: readonly { readonly run_id: string; readonly run: string }[];
  readonly spendUsd: number;
  /** How to claim the home, until someone has. */
  readonly claim: string | null;
  readonly admin: boolean;
}

const MAX_APPROVALS = 8;
const MAX_RUNS = 10;

const subject = ({ kind, phase, run }: Waiting): string =>
  phase ? `Handoff ${phase} of ${run}` : `${kind} approval of ${run}`;

const waiting = (one: Waiting, at: number): readonly KnownBlock[] => {
  const id = one.approval_id;
  const what = subject(one);
  const approve =
    one.kind === "budget"
      ? button("Raise budget…", `${ACTIONS.raise}.${at}`, id, { style: "primary", says: what })
      : button("Approve…", `${ACTIONS.approve}.${at}`, id, {
          style: "primary",
          says: `Approve ${what}`,
        });
  return [
    section(
      `${what}: risk ${one.risk}, ${one.votes.length} of ${one.quorum} votes, until ${utc(one.expires_at)}`,
      600,
    ),
    actions(
      approve,
      ...(one.kind === "budget"
        ? []
        : [
            button("Request changes…", `${ACTIONS.requestChanges}.${at}`, id, {
              says: `Request changes of ${what}`,
            }),
          ]),
      button("Reject…", `${ACTIONS.reject}.${at}`, id, { style: "danger", says: `Reject ${what}` }),
    ),
  ];
};

const more = (shown: number, all: number, command: string, at: number): readonly KnownBlock[] =>
  all > shown ? [actions(button(`+${all - shown} more`, `${ACTIONS.say}.${at}`, command))] : [];

const runLine = (run: Run): string =>
  `${run.run}: ${run.status}${run.phase === null ? "" : `, phase ${run.phase} of 4`}${run.waits_for ? `, waits for ${run.waits_for}` : ""}, ${money(run.cost_usd)}`;

const guide: readonly string[] = [
  "1. Invite me to a channel.",
  "2. Press Start a pipeline, or type /mlpipeline start there: a sentence and a dataset.",
  "3. Four handoffs come into the run's thread; people read the evidence and decide.",
];

const MAX_FOLLOWED = 5;

/** What the person follows, with the way out; nothing where nothing is followed. */
const following = (followed: Home["followed"]): readonly KnownBlock[] =>
  followed.length === 0
    ? []
    : [
        header("You follow"),
        section(followed.map(({ run }) => run).join(", "), 600),
        actions(
          ...followed.slice(0, MAX_FOLLOWED).map(({ run, run_id }, at) =>
            button(`Unfollow ${run}`, `${ACTIONS.say}.${10 + at}`, `unfollow ${run_id}`, {
              says: `Unfollow ${run}`,
            }),
          ),
        ),
      ];

/** The person's own page: what waits for them, what runs, what it costs, and the way in. Pure. */
export const renderHome = ({
  admin,
  approvals,
  claim,
  followed,
  runs,
  spendUsd,
}: Home): HomeView => {
  const blocks: KnownBlock[] = [
    ...(claim === null ? [] : [section(claim)]),
    header("Waiting for you"),
    ...(approvals.length === 0 ? [section("Nothing waits for your decision.")] : []),
    ...approvals.slice(0, MAX_APPROVALS).flatMap(waiting),
    ...more(MAX_APPROVALS, approvals.length, "approvals", 0),
    header("Active runs"),
    ...(runs.length === 0 ? [section(guide.join("\n"))] : []),
    ...runs.slice(0, MAX_RUNS).flatMap((run, at) => [
      section(runLine(run), 300),
      actions(
        button("Details", `${ACTIONS.runDetails}.${at}`, run.run_id, {
          says: `Details of run ${run.run}`,
        }),
      ),
    ]),
    ...following(followed),
    context(`Active runs have cost ${money(spendUsd)} so far.`),
    actions(
      button("Start a pipeline", `${ACTIONS.openModal}.0`, "start:{}", { style: "primary" }),
      button("All runs", `${ACTIONS.say}.1`, "runs"),
      ...(admin ? [button("Settings", `${ACTIONS.say}.2`, "settings")] : []),
      button("Help", `${ACTIONS.say}.3`, "help"),
    ),
  ];
  return { type: "home", blocks: blocks.slice(0, LIMITS.viewBlocks) };
};

/** The page of somebody unknown: nothing but how to become known. Pure. */
export const renderUnknownHome = (words: string): HomeView => ({
  type: "home",
  blocks: [header("Welcome"), section(words)],
});
