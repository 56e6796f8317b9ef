import { UserInputError } from "../../lib/errors.ts";
import { approvalsList } from "../../operations/approvals-list.ts";
import { deliverableRead } from "../../operations/deliverable-read.ts";
import { deliverablesList } from "../../operations/deliverables-list.ts";
import { runCard } from "../../operations/run-card.ts";
import { runsCompare } from "../../operations/runs-compare.ts";
import { stepGet } from "../../operations/step-get.ts";
import { ROLES } from "../../spec/roles.ts";
import { type Answer, say } from "../answer.ts";
import { type Asker, perform } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import {
  actions,
  button,
  money,
  section,
  sentences,
  table,
  tableText,
} from "../blocks/elements.ts";
import { preformatted } from "../blocks/preformatted.ts";
import { roleTitle } from "../blocks/state-words.ts";
import type { SlackDeps } from "../deps.ts";
import { onlyKeys, targetOf, type Verb } from "./define.ts";

const MAX_CHARS = 2_500;
const MAX_LISTED = 20;

const postButton = (command: string) =>
  actions(
    button("Post in thread", ACTIONS.say, command, { says: "Post this in the run's thread" }),
  );

const fileAnswer = async (
  deps: SlackDeps,
  asker: Asker,
  run: string,
  path: string,
): Promise<Answer> => {
  const file = await perform(deps, asker, deliverableRead, {
    run_id: run,
    path,
    max_chars: MAX_CHARS,
  });
  const more =
    file.next_offset === undefined ? "" : " (the beginning; post it to get the whole file)";
  return say({
    text: sentences(`${path} of ${run}${more}:`, file.text.slice(0, 400)),
    blocks: [section(`${path}${more}`), preformatted(file.text), postButton(`post ${run} ${path}`)],
  });
};

const stepAnswer = async (
  deps: SlackDeps,
  asker: Asker,
  run: string,
  step_id: string,
): Promise<Answer> => {
  const step = await perform(deps, asker, stepGet, { run_id: run, step_id });
  const levels = Object.entries(step.levels).map(([id, level]) => `• ${id}: ${level}`);
  return say(
    [
      `${roleTitle(step_id)} of ${run}: ${step.status}${step.blocked ? ` (${step.blocked})` : ""}, ${step.attempts.length} attempts, ${step.block_findings} findings block, ${step.warnings} warnings.`,
      ...levels,
      ...step.open_comments.slice(0, 5).map((text) => `Open comment: ${text}`),
    ].join("\n"),
  );
};

const overview = async (deps: SlackDeps, asker: Asker, run: string): Promise<Answer> => {
  const { deliverables } = await perform(deps, asker, deliverablesList, { run_id: run });
  const rows = deliverables
    .slice(0, MAX_LISTED)
    .map(
      (one) => `• ${one.deliverable} (${one.specialist}): ${one.level}, ${one.files.length} files`,
    );
  const more = deliverables.length > MAX_LISTED ? `+${deliverables.length - MAX_LISTED} more` : "";
  return say(
    [
      `Deliverables of ${run}`,
      ...rows,
      more,
      `\`show ${run} <deliverable|file|specialist>\` shows one.`,
    ]
      .filter((line) => line !== "")
      .join("\n"),
  );
};

const deliverableAnswer = async (
  deps: SlackDeps,
  asker: Asker,
  run: string,
  word: string,
): Promise<Answer> => {
  const { deliverables } = await perform(deps, asker, deliverablesList, { run_id: run });
  const found = deliverables.find((one) => one.deliverable === word.toLowerCase());
  if (!found) return fileAnswer(deps, asker, run, word);
  const [first] = found.files;
  if (found.files.length === 1 && first !== undefined) return fileAnswer(deps, asker, run, first);
  return say(
    [
      `${found.title} (${found.deliverable}) of ${run}: ${found.level}, by ${found.specialist}`,
      ...found.files.slice(0, 40).map((file) => `• ${file}`),
    ].join("\n"),
  );
};

/** `show <run> [specialist|deliverable|file]`. */
export const show: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const inThread = parsed.words.length === 1 && asker.threadRun !== null;
  const named = inThread && (await looksLikePart(deps, asker, parsed.words[0] ?? ""));
  const card = await perform(deps, asker, runCard, {
    run_id: named ? (asker.threadRun ?? "") : targetOf(asker, parsed),
  });
  const word = named ? parsed.words[0] : parsed.words[1];
  if (word === undefined) return overview(deps, asker, card.run);
  if (ROLES.some((role) => role === word.toLowerCase()))
    return stepAnswer(deps, asker, card.run, word.toLowerCase());
  return deliverableAnswer(deps, asker, card.run, word);
};

// Inside a thread one word is a part of that run, unless it names another run.
const looksLikePart = async (deps: SlackDeps, asker: Asker, word: string): Promise<boolean> =>
  perform(deps, asker, runCard, { run_id: word }).then(
    () => false,
    () => true,
  );

/** `compare <run> <run>`: result, spec and files side by side. */
export const compare: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const words =
    parsed.words.length === 1 && asker.threadRun
      ? [asker.threadRun, ...parsed.words]
      : parsed.words;
  const [run_a, run_b] = words;
  if (run_a === undefined || run_b === undefined)
    throw new UserInputError("NO_TARGET", "say which two runs: `compare <run> <run>`");
  const found = await perform(deps, asker, runsCompare, { run_a, run_b });
  const { a, b } = found;
  const better =
    found.better === "a" || found.better === "b"
      ? `${found.better === "a" ? a.run : b.run} is better`
      : `which is better is ${found.better}`;
  const head = `${a.run} and ${b.run}: ${better}; ${found.same_data ? "the same data" : "other data"}; ${found.files.differ} files differ, ${found.files.same} are the same.`;
  const rows = [
    ["", a.run, b.run],
    ["result", a.trained, b.trained],
    ["status", a.status, b.status],
    ["rows", String(a.rows), String(b.rows)],
    ["cost", money(a.cost_usd), money(b.cost_usd)],
    ...found.spec.slice(0, 6).map((one) => [one.key, one.a, one.b]),
  ];
  const text = sentences(head, `${a.run}: ${a.trained}.`, `${b.run}: ${b.trained}.`);
  return say({
    text,
    blocks: [section(head), table(rows)],
    fallback: { text, blocks: [section(head), tableText(rows)] },
  });
};

/** The approval that a word means: its own id, or what the run waits for. */
export const approvalIdOf = async (
  deps: SlackDeps,
  asker: Asker,
  word: string,
): Promise<string> => {
  if (/^[0-9A-HJKMNP-TV-Z]{26}$/.test(word)) return word;
  const { approvals } = await perform(deps, asker, approvalsList, { run_id: word });
  const [first] = approvals;
  if (first) return first.approval_id;
  throw new UserInputError("APPROVAL_NOT_FOUND", `${word} waits for no decision`, { next: "runs" });
};
