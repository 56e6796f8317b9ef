import type { App } from "@slack/bolt";
import { UserInputError } from "../../lib/errors.ts";
import { approvalsList } from "../../operations/approvals-list.ts";
import { tell } from "../answer.ts";
import { type Asker, perform } from "../asker.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { SlackDeps } from "../deps.ts";
import { LIMITS } from "../limits.ts";
import { SHORTCUTS } from "../manifest.ts";
import { buildChanges } from "../modals/changes.ts";
import { startId } from "../modals/start.ts";
import { readForVote } from "../modals/vote.ts";
import { runCommandText } from "../verbs/run-command.ts";
import { errorWords } from "../words.ts";
import { interactionAsker, openModal, showView } from "./interactions.ts";
import { type Interaction, readInteraction } from "./payload.ts";

const startFrom = async (deps: SlackDeps, asker: Asker, body: Interaction): Promise<void> => {
  const file = body.message?.files?.[0];
  const goal = body.message?.text?.slice(0, LIMITS.goal);
  const prefilled = {
    ...(goal ? { goal } : {}),
    ...(asker.channel === null || asker.channel.startsWith("D") ? {} : { channel: asker.channel }),
    ...(file && deps.settings.uploads === "on"
      ? { file: file.id, file_name: file.name ?? "a file" }
      : {}),
  };
  await openModal(deps, asker, "start", startId(prefilled));
};

/** The handoff that waits: of the run in whose thread the message stands, else the only one there is. */
const waitingFor = async (deps: SlackDeps, asker: Asker): Promise<string> => {
  const { approvals } = await perform(deps, asker, approvalsList, {
    ...(asker.threadRun === null ? {} : { run_id: asker.threadRun }),
  });
  const handoffs = approvals.filter((one) => one.kind === "handoff");
  const [only, other] = handoffs;
  if (only && !other) return only.approval_id;
  throw new UserInputError(
    "NO_HANDOFF",
    only ? "several handoffs wait" : "no handoff waits for a decision here",
    { next: "use it on a message in the run's thread while its handoff waits" },
  );
};

const commentOn = async (deps: SlackDeps, asker: Asker, body: Interaction): Promise<void> => {
  const shown = await readForVote(deps, asker, await waitingFor(deps, asker));
  await showView(deps, asker, buildChanges(shown, 1, body.message?.text ?? ""));
};

const showRun = (deps: SlackDeps, asker: Asker): Promise<void> => {
  if (asker.threadRun !== null) return runCommandText(deps, asker, `status ${asker.threadRun}`);
  throw new UserInputError("NO_RUN", "this message stands in no run's thread", {
    next: "type /mlpipeline runs",
  });
};

/** What message and global shortcuts do. */
const HANDLERS: Readonly<
  Record<string, (deps: SlackDeps, asker: Asker, body: Interaction) => Promise<void>>
> = {
  [SHORTCUTS.start]: (deps, asker) => openModal(deps, asker, "start", startId({})),
  [SHORTCUTS.startFrom]: startFrom,
  [SHORTCUTS.comment]: commentOn,
  [SHORTCUTS.show]: async (deps, asker) => showRun(deps, asker),
};

export const registerShortcuts = (app: App, deps: SlackDeps): void => {
  for (const [callback, handle] of Object.entries(HANDLERS)) {
    app.shortcut(callback, async ({ ack, body }) => {
      await ack();
      const interaction = readInteraction(body);
      const asker = await interactionAsker(deps, interaction);
      try {
        await handle(deps, asker, interaction);
      } catch (error) {
        await tell(deps, asker, renderLine(errorWords(error, asker.reference)));
      }
    });
  }
};
