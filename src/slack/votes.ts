import type { App } from "@slack/bolt";
import { z } from "zod";
import { approvalVote } from "../operations/approval-vote.ts";
import type { Operation } from "../operations/define.ts";
import { handoffGet } from "../operations/handoff-get.ts";
import { ACTIONS } from "./blocks/handoff-message.ts";
import { type Decision, renderVoteModal, VOTE_MODAL } from "./blocks/vote-modal.ts";
import type { CallOperation } from "./call.ts";
import { type FindPerson, slackActor, unknownPerson } from "./identity.ts";
import { errorWords } from "./words.ts";

export interface VoteDeps {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly call: CallOperation;
  readonly findPerson: FindPerson;
}

const ModalState = z.strictObject({
  approval: z.string(),
  manifest: z.string(),
  decision: z.enum(["approve", "request_changes", "reject"]),
});

const CLOSED =
  "This was decided or replaced meanwhile; nothing was changed. The thread shows where it stands.";

const registerButton = (app: App, deps: VoteDeps, action: string, decision: Decision): void => {
  app.action(
    { type: "block_actions", action_id: action },
    async ({ ack, body, client, payload }) => {
      await ack();
      const approval = "value" in payload ? String(payload.value) : "";
      const tell = (text: string) =>
        client.chat.postEphemeral({
          channel: body.channel?.id ?? body.user.id,
          user: body.user.id,
          text,
        });
      try {
        const handoff = await deps.call(handoffGet, { approval });
        if (handoff.status !== "open" && handoff.status !== "escalated") {
          await tell(CLOSED);
          return;
        }
        await client.views.open({
          trigger_id: body.trigger_id,
          view: renderVoteModal(handoff, decision),
        });
      } catch (error) {
        await tell(errorWords(error, body.trigger_id));
      }
    },
  );
};

/** Votes: a click opens the modal for that person, its submission is the vote, proved by Slack's signature or socket. */
export const registerVotes = (app: App, deps: VoteDeps): void => {
  registerButton(app, deps, ACTIONS.approve, "approve");
  registerButton(app, deps, ACTIONS.request_changes, "request_changes");
  registerButton(app, deps, ACTIONS.reject, "reject");
  app.view(VOTE_MODAL, async ({ ack, body, view }) => {
    const refuse = (text: string) =>
      ack({ response_action: "errors", errors: { note: text.slice(0, 2000) } });
    const team = body.team?.id ?? "";
    const actor = await slackActor(deps.findPerson, team, body.user.id);
    if (actor.person === null) return refuse(unknownPerson(team, body.user.id));
    const state = ModalState.parse(JSON.parse(view.private_metadata));
    const note = view.state.values.note?.text?.value ?? "";
    try {
      await deps.operations.get(approvalVote.name)?.run(
        {
          approval: state.approval,
          decision: state.decision,
          manifest: state.manifest,
          comments: note === "" ? [] : [{ text: note }],
        },
        { actor, key: `vote/${state.approval}/${actor.person}/${view.id}` },
      );
      await ack();
    } catch (error) {
      await refuse(errorWords(error, view.id));
    }
  });
};
