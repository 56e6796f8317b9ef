import type { RunState } from "../../engine/state.ts";
import { PHASE_TITLES } from "../../spec/roles.ts";
import type { RuntimeDeps } from "../deps.ts";
import { readChecks, readRunInput, readStep } from "../documents.ts";
import { trainingHeadline, trainingResult } from "../training.ts";
import { approversOf } from "./approvers.ts";

const MAX_BODY = 60_000; // GitHub's limit is 65,536 characters

// Data and people's words become plain text: no mention, link, image or markup of the forge comes from them.
const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")
    .replace(/[\\`*_[\]<>|#~!]/g, (char) => (char === "<" ? "&lt;" : `\\${char}`))
    .replace(/@(?=\w)/g, "@\u200b")
    .replace(/#(?=\d)/g, "#\u200b");

const PHASES = [1, 2, 3, 4] as const;

const stepLines = async (deps: RuntimeDeps, state: RunState, phase: number) => {
  const keys = state.order.filter((key) => state.steps[key]?.step.phase === phase);
  const lines = await Promise.all(
    keys.map(async (key) => {
      const hash = state.attempts[state.steps[key]?.lastAttemptId ?? ""]?.summaryHash;
      if (!hash) return [];
      const { summary } = await readStep(deps.blobs, hash);
      const first = summary.decisions.slice(0, 3).map((item) => plain(item.decided));
      return [`- **${key}**: ${first.join("; ") || "nothing to decide"}`];
    }),
  );
  return lines.flat();
};

const trainedLine = async (deps: RuntimeDeps, state: RunState): Promise<readonly string[]> => {
  if (state.phases[2].status !== "done") return [];
  const events = await deps.store.events.since(state.runId, 0, 10_000);
  const evidence: Record<string, unknown> = {};
  for (const { body } of events)
    if (body.type === "StepChecked" && body.green)
      Object.assign(evidence, (await readChecks(deps.blobs, body.findingsHash)).evidence);
  return [plain(trainingHeadline(trainingResult(evidence))), ""];
};

const phaseBlock = async (deps: RuntimeDeps, state: RunState, phase: 1 | 2 | 3 | 4) => {
  const { approvalId, manifestHash, status } = state.phases[phase];
  if (status !== "done") return [`### Phase ${phase}: ${PHASE_TITLES[phase]}`, "", `${status}`, ""];
  const approvers = approversOf(state.approvals[approvalId ?? ""], deps.demo);
  return [
    `### Phase ${phase}: ${PHASE_TITLES[phase]}`,
    "",
    ...(await stepLines(deps, state, phase)),
    "",
    ...approvers.map((who) => `- Approved by ${plain(who)}`),
    `- Manifest \`sha256:${manifestHash}\``,
    "",
  ];
};

/** Title and body of the pull request that mirrors a run: what was decided, who approved it, which manifests and which log head. */
export const requestOf = async (
  deps: RuntimeDeps,
  state: RunState,
  branch: string,
): Promise<{ readonly title: string; readonly body: string }> => {
  const { spec } = await readRunInput(deps.blobs, state.specHash);
  const head = await deps.store.events.head(state.runId);
  const blocks = await Promise.all(PHASES.map((phase) => phaseBlock(deps, state, phase)));
  const done = PHASES.filter((phase) => state.phases[phase].status === "done").length;
  const body = [
    plain(spec.pipeline.goal),
    "",
    ...(await trainedLine(deps, state)),
    ...blocks.flat(),
    `Log head \`${head?.seq ?? 0} ${head?.hash ?? ""}\`: \`mlpipeline verify --head <hash>\` holds the event log against it.`,
    "",
    "Approvals are given in mlpipeline; merging this request decides only when people take the work over.",
  ].join("\n");
  return {
    title: `${spec.pipeline.name}: ${branch}, ${done} of 4 phases approved`,
    body: body.slice(0, MAX_BODY),
  };
};
