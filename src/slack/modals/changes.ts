import { z } from "zod";
import { approvalGet } from "../../operations/approval-get.ts";
import { deliverablesList } from "../../operations/deliverables-list.ts";
import { actions, button, option, section } from "../blocks/elements.ts";
import type { KnownBlock, ModalView } from "../blocks/slack-types.ts";
import { roleTitle } from "../blocks/state-words.ts";
import { cut } from "../escape.ts";
import { fieldError, type Modal } from "./define.ts";
import { checkboxInput, field, modal, radioInput, textInput } from "./form.ts";
import type { FormValues } from "./values.ts";
import {
  behalf,
  castVote,
  readForVote,
  type Shown,
  stateOf,
  summary,
  VoteState,
  voterField,
} from "./vote.ts";

const MAX_COMMENTS = 10;
const MAX_EARLIER = 5;
const MAX_SUGGESTIONS = 100;
// Slack takes 75 characters at most.
const MAX_VALUE = 75;

/** The select in which a specialist or a file is found; one per comment: `where_0` … */
const WHERE_ACTION = "where_";
const ADD_ACTION = "changes_add";

const ChangesState = VoteState.extend({ count: z.int().min(1).max(MAX_COMMENTS).default(1) });
type ChangesState = z.infer<typeof ChangesState>;

const SEVERITIES = [
  option("Must be done", "must"),
  option("Should be done", "should"),
  option("A question", "question"),
];

const commentFields = (at: number, first: string, optional: boolean): readonly KnownBlock[] => [
  field(
    `where_${at}`,
    at === 0 ? "Specialist or file" : `Comment ${at + 1}: specialist or file`,
    { type: "external_select", min_query_length: 0 },
    { optional: true, hint: "Left empty, the phase's first specialist takes it." },
  ),
  field(
    `severity_${at}`,
    at === 0 ? "How serious" : `Comment ${at + 1}: how serious`,
    radioInput(SEVERITIES, "should"),
  ),
  field(
    `text_${at}`,
    at === 0 ? "What is to be changed?" : `Comment ${at + 1}: what is to be changed?`,
    textInput({ multiline: true, initial: first }),
    { optional },
  ),
];

const earlier = ({ handoff }: Shown): readonly KnownBlock[] => {
  const comments = handoff?.comments.slice(-MAX_EARLIER) ?? [];
  if (comments.length === 0) return [];
  const lines = comments.map(
    (comment) => `• ${cut(comment.text, 150)} → ${comment.status}: ${cut(comment.how, 150)}`,
  );
  return [section(`Earlier comments\n${lines.join("\n")}`)];
};

/** What assistants and people remarked without a vote: what is ticked is asked for, the rest binds nobody. */
const open = ({ handoff }: Shown): readonly KnownBlock[] => {
  const comments = handoff?.open_comments.slice(0, MAX_COMMENTS) ?? [];
  if (comments.length === 0) return [];
  const boxes = comments.map(({ file, from, id, text }) =>
    option(`${from === "assistant" ? "Assistant" : "Remark"}: ${cut(text, 55)}`, id, file),
  );
  return [
    section(
      comments
        .map(
          ({ from, text }) =>
            `• ${from === "assistant" ? "An assistant" : "Somebody"}: ${cut(text, 200)}`,
        )
        .join("\n"),
    ),
    field("adopt", "Take up as yours", checkboxInput(boxes), {
      optional: true,
      hint: "What is not ticked binds nobody.",
    }),
  ];
};

const build = (shown: Shown, count = 1, first = ""): ModalView =>
  modal({
    name: "changes",
    title: "Request changes",
    submit: "Send",
    state: { ...stateOf(shown), count },
    blocks: [
      ...summary(shown),
      ...earlier(shown),
      ...open(shown),
      section(
        "What happens: the specialists answer each comment in a new attempt, and this request is asked again.",
      ),
      ...Array.from({ length: count }, (_, at) =>
        commentFields(
          at,
          at === 0 ? first : "",
          at > 0 || (shown.handoff?.open_comments ?? []).length > 0,
        ),
      ).flat(),
      ...(count < MAX_COMMENTS
        ? [actions(button("Add another", ADD_ACTION, "add", { says: "Add another comment" }))]
        : []),
      ...voterField(shown),
    ],
  });

/** The form with a first comment filled in, for "Comment on handoff" on a message. */
export const buildChanges = build;

const commentsOf = (values: FormValues, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const text = values.text(`text_${at}`);
    const file = values.chosen(`where_${at}`);
    const severity = z.enum(["must", "should", "question"]).catch("should");
    return text === null
      ? []
      : [
          {
            text,
            severity: severity.parse(values.chosen(`severity_${at}`)),
            ...(file === null ? {} : { file }),
          },
        ];
  }).flat();

/** Request changes: up to ten comments, each on a specialist or a file; earlier ones are shown with what became of them. */
export const changesModal: Modal = {
  name: "changes",
  errorField: "text_0",
  presses: [ADD_ACTION],
  suggests: [WHERE_ACTION],
  prepare: async (deps, asker, id) => build(await readForVote(deps, asker, id)),
  submit: async (deps, asker, { state: raw, values }) => {
    const state = ChangesState.parse(raw);
    const comments = commentsOf(values, state.count);
    const adopt = [...values.chosenAll("adopt")];
    if (comments.length + adopt.length === 0)
      return fieldError("text_0", "Say what is to be changed.");
    return castVote(
      deps,
      asker,
      state,
      { decision: "request_changes", comments, adopt, ...behalf(asker, values.chosen("voter")) },
      (shown) => build(shown),
    );
  },
  press: async (deps, asker, { state: raw }, { action }) => {
    if (action !== ADD_ACTION) return null;
    const state: ChangesState = ChangesState.parse(raw);
    const shown = await readForVote(deps, asker, state.approval);
    const view = build(shown, Math.min(MAX_COMMENTS, state.count + 1));
    return { kind: "update", view };
  },
  suggest: async (deps, _asker, { state: raw }, query) => {
    const state = ChangesState.parse(raw);
    const approval = await deps.call(approvalGet, { approval: state.approval });
    const { deliverables } = await deps.call(deliverablesList, {
      run_id: state.run_id,
      ...(approval.phase === undefined ? {} : { phase: approval.phase }),
    });
    const wanted = query.trim().toLowerCase();
    const roles = [...new Set(deliverables.map((one) => one.specialist))];
    return [
      ...roles.map((role) => ({ text: roleTitle(role), value: `role:${role}` })),
      ...deliverables.flatMap((one) => one.files.map((file) => ({ text: file, value: file }))),
    ]
      .filter(({ text, value }) => `${text} ${value}`.toLowerCase().includes(wanted))
      .filter(({ value }) => value.length <= MAX_VALUE)
      .slice(0, MAX_SUGGESTIONS)
      .map(({ text, value }) => option(text, value));
  },
};
