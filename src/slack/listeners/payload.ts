import { z } from "zod";
import type { ModalView } from "../blocks/slack-types.ts";

const Id = z.looseObject({ id: z.string() });

/** What listeners read of a click, a choice or a shortcut; Bolt's own types are unions of everything Slack ever sent. */
const Interaction = z.looseObject({
  user: z.looseObject({ id: z.string(), team_id: z.string().optional() }),
  team: Id.nullish(),
  channel: Id.nullish(),
  trigger_id: z.string().default(""),
  message: z
    .looseObject({
      ts: z.string(),
      thread_ts: z.string().optional(),
      text: z.string().optional(),
      files: z.array(z.looseObject({ id: z.string(), name: z.string().optional() })).optional(),
    })
    .nullish(),
  container: z
    .looseObject({ channel_id: z.string().optional(), thread_ts: z.string().optional() })
    .nullish(),
  view: z.unknown().optional(),
  actions: z.array(z.looseObject({ action_id: z.string() })).optional(),
});
export type Interaction = z.infer<typeof Interaction>;

export const readInteraction = (body: unknown): Interaction => Interaction.parse(body);

/** The team of the person who acted. */
export const teamOf = (body: Interaction): string => body.team?.id ?? body.user.team_id ?? "";

const Pressed = z.looseObject({
  action_id: z.string(),
  value: z.string().optional(),
  selected_option: z.looseObject({ value: z.string().optional() }).nullish(),
});

/** What was pressed or chosen: its action, and its value ("" for none). */
export const readPressed = (
  payload: unknown,
): { readonly action: string; readonly value: string } => {
  const { action_id, selected_option, value } = Pressed.parse(payload);
  return { action: action_id, value: value ?? selected_option?.value ?? "" };
};

const View = z.looseObject({
  id: z.string(),
  hash: z.string().default(""),
  private_metadata: z.string().default(""),
  state: z.looseObject({ values: z.unknown().optional() }).nullish(),
  title: z.unknown(),
  submit: z.unknown().optional(),
  close: z.unknown().optional(),
  callback_id: z.string(),
  blocks: z.array(z.unknown()),
});

/** An open view as a payload brings it. */
export interface PayloadView {
  readonly id: string;
  readonly hash: string;
  readonly state: unknown;
  readonly values: unknown;
  readonly view: ModalView;
}

/** What a view's private metadata holds; an empty record for anything that is no JSON of ours. */
export const parseState = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

export const readView = (raw: unknown): PayloadView => {
  const view = View.parse(raw);
  return {
    id: view.id,
    hash: view.hash,
    state: parseState(view.private_metadata),
    values: view.state?.values,
    // Rebuilt from what Slack sent, so only what may be sent again.
    view: {
      type: "modal",
      callback_id: view.callback_id,
      private_metadata: view.private_metadata,
      title: view.title,
      ...(view.submit ? { submit: view.submit } : {}),
      ...(view.close ? { close: view.close } : {}),
      blocks: view.blocks,
    } as ModalView,
  };
};
