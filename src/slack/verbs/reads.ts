import { UserInputError } from "../../lib/errors.ts";
import { approvalsList } from "../../operations/approvals-list.ts";
import { doctor } from "../../operations/doctor.ts";
import { pipelineStatus } from "../../operations/pipeline-status.ts";
import { runCard } from "../../operations/run-card.ts";
import { runsSearch } from "../../operations/runs-search.ts";
import { type Answer, say } from "../answer.ts";
import { type Asker, perform } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { actions, button, money, section, sentences, utc } from "../blocks/elements.ts";
import { renderRunMessage } from "../blocks/run-message.ts";
import type { SlackDeps } from "../deps.ts";
import { onlyKeys, targetOf, type Verb } from "./define.ts";

const statusOfAll = async (deps: SlackDeps, asker: Asker): Promise<Answer> => {
  const found = await perform(deps, asker, pipelineStatus, {});
  const lines = found.runs.map(
    (line) =>
      `• ${line.run}: ${line.status}${line.waits_for ? `, waits for ${line.waits_for}` : ""}`,
  );
  return say([`${found.summary}.`, ...lines].join("\n"));
};

/** Where everything stands, or one run as its message shows it. */
export const status: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  if (parsed.words.length === 0 && asker.threadRun === null) return statusOfAll(deps, asker);
  const card = await perform(deps, asker, runCard, { run_id: targetOf(asker, parsed) });
  return say(renderRunMessage(card));
};

const FILTERS = ["mine", "waiting", "failed", "all"] as const;

const filterOf = (word: string | undefined): (typeof FILTERS)[number] => {
  const found = FILTERS.find((one) => one === (word ?? "all").toLowerCase());
  if (found) return found;
  throw new UserInputError("UNKNOWN_FILTER", `expected ${FILTERS.join(", ")}, got "${word}"`);
};

/** Runs, newest first, ten at a time with a button for more. */
export const runs: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["page"]);
  const filter = filterOf(parsed.words[0]);
  if (filter === "waiting") return approvals(deps, asker, { ...parsed, values: {} });
  const cursor = parsed.values.page;
  const found = await perform(deps, asker, runsSearch, {
    ...(filter === "failed" ? { status: "failed" as const } : {}),
    ...(filter === "mine" ? { mine: true } : {}),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const lines = found.runs.map(
    (run) =>
      `• ${run.run}: ${run.status}${run.waits_for ? `, waits for ${run.waits_for}` : ""}, ${money(run.cost_usd)}, ${utc(run.updated_at)}`,
  );
  const text =
    lines.length === 0 ? `No runs (${filter}).` : `Runs (${filter})\n${lines.join("\n")}`;
  return say({
    text: sentences(text),
    blocks: [
      section(text),
      ...(found.next_cursor
        ? [actions(button("More", ACTIONS.say, `runs ${filter} page:${found.next_cursor}`))]
        : []),
    ],
  });
};

/** What waits for a decision, with a button per request. */
export const approvals: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const found = await perform(deps, asker, approvalsList, {});
  if (found.approvals.length === 0) return say("Nothing waits for a decision.");
  const what = (one: (typeof found.approvals)[number]) =>
    `${one.run}: ${one.phase ? `handoff ${one.phase}` : `${one.kind} approval`}, risk ${one.risk}, ${one.may_decide.join(", ") || "the owner"} may decide until ${utc(one.expires_at)}`;
  return say({
    text: sentences(...found.approvals.map((one) => `${what(one)}.`)),
    blocks: found.approvals
      .slice(0, 9)
      .flatMap((one, at) => [
        section(what(one), 600),
        actions(
          button(
            "Decide…",
            `${one.kind === "budget" ? ACTIONS.raise : ACTIONS.approve}.${at}`,
            one.approval_id,
          ),
          button("Changes…", `${ACTIONS.requestChanges}.${at}`, one.approval_id),
          button("Reject…", `${ACTIONS.reject}.${at}`, one.approval_id),
        ),
      ]),
  });
};

/** What works on this machine, what does not, and what to do. */
export const doctorVerb: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const found = await perform(deps, asker, doctor, {});
  const lines = found.findings.map(
    (one) => `${one.ok ? "✓" : "✕"} ${one.what}: ${one.said}${one.next ? ` → ${one.next}` : ""}`,
  );
  return say([found.ok ? "Everything works." : "Something does not work.", ...lines].join("\n"));
};
