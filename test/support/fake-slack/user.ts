import type { FakeSlack } from "./server.ts";
import type { PostedMessage } from "./workspace.ts";

type Block = Record<string, unknown>;
interface Button {
  readonly action_id: string;
  readonly value: string;
  readonly text: { readonly text: string };
}

/** A person at a screen: finds things by what is read there, and can use only what is there now. */
export interface FakeUser {
  readonly slash: (text: string) => Promise<void>;
  /** Presses a button by its label on the newest message that has it. */
  readonly click: (label: string) => Promise<void>;
  /** Fills the one text field of the top view and submits it; gives the app's answer (errors, or nothing). */
  readonly submit: (text: string) => Promise<unknown>;
  readonly lastEphemeral: () => string;
}

const buttonsOf = (message: PostedMessage): Button[] =>
  message.blocks
    .filter((block) => block.type === "actions")
    .flatMap((block) => block.elements as Button[]);

const blockOf = (message: PostedMessage, button: Button): Block | undefined =>
  message.blocks.find(
    (block) => block.type === "actions" && (block.elements as Button[]).includes(button),
  );

export const createUser = (slack: FakeSlack, user: string, channel = "C1"): FakeUser => {
  const { workspace } = slack;
  const common = {
    team: { id: workspace.team },
    user: { id: user, team_id: workspace.team },
    api_app_id: "A1",
  };
  return {
    slash: async (text) => {
      await slack.send("slash_commands", {
        command: "/mlpipeline",
        text,
        team_id: workspace.team,
        user_id: user,
        channel_id: channel,
        trigger_id: workspace.newTrigger(user),
        response_url: workspace.newResponseUrl(user, channel),
      });
    },
    click: async (label) => {
      const message = workspace.messages.findLast((one) =>
        buttonsOf(one).some((button) => button.text.text === label),
      );
      const button = message
        ? buttonsOf(message).find((one) => one.text.text === label)
        : undefined;
      if (!message || !button) throw new Error(`nobody sees a button "${label}"`);
      const shown = () => workspace.views.length + workspace.ephemerals.length;
      const before = shown();
      await slack.send("interactive", {
        type: "block_actions",
        ...common,
        channel: { id: message.channel },
        message: { ts: message.ts },
        container: { type: "message", message_ts: message.ts, channel_id: message.channel },
        trigger_id: workspace.newTrigger(user),
        response_url: workspace.newResponseUrl(user, message.channel),
        actions: [
          {
            type: "button",
            block_id: blockOf(message, button)?.block_id,
            action_id: button.action_id,
            value: button.value,
            action_ts: "1",
          },
        ],
      });
      // A person who pressed sees something within Slack's three seconds, or the click was swallowed.
      const end = performance.now() + 3_000;
      while (shown() === before) {
        if (performance.now() > end) {
          workspace.violations.push(`nothing was shown after a click on "${label}"`);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    submit: async (text) => {
      const top = workspace.views.findLast((view) => view.user === user);
      if (!top) throw new Error(`no view is open for ${user}`);
      const values = {
        note: { text: { type: "plain_text_input", value: text === "" ? null : text } },
      };
      const answer = await slack.send("interactive", {
        type: "view_submission",
        ...common,
        trigger_id: workspace.newTrigger(user),
        view: { id: top.id, type: "modal", hash: "1", ...top.view, state: { values } },
      });
      const closes = !(typeof answer === "object" && answer !== null && "errors" in answer);
      if (closes) workspace.views.splice(workspace.views.indexOf(top), 1);
      return answer;
    },
    lastEphemeral: () => workspace.ephemerals.findLast((one) => one.user === user)?.text ?? "",
  };
};
