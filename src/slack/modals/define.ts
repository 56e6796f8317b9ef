import type { Asker } from "../asker.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { ModalView, PlainTextOption } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import type { ModalName } from "./names.ts";
import type { FormValues } from "./values.ts";

/** What came in: the modal's own state, what stands in its inputs, and the view itself. */
export interface Submission {
  readonly state: unknown;
  readonly values: FormValues;
  readonly view: ModalView;
  readonly viewId: string;
}

/** What a submission comes to: errors under fields, another view, or done (the modal closes and the words are said). */
export type Submitted =
  | { readonly kind: "errors"; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: "view"; readonly view: ModalView }
  | { readonly kind: "done"; readonly said: Rendered | null };

/** Something pressed or chosen inside an open modal. `value` is what was chosen, "" for nothing. */
export interface Pressed {
  readonly action: string;
  readonly value: string;
}

/** One modal: how it is opened for a person, and what its submission does. Both throw UserInputError for what people can mend. */
export interface Modal {
  readonly name: ModalName;
  /** Shown under this field when a submission is refused; null: on top of the modal. */
  readonly errorField: string | null;
  readonly prepare: (deps: SlackDeps, asker: Asker, id: string) => Promise<ModalView>;
  readonly submit: (deps: SlackDeps, asker: Asker, given: Submission) => Promise<Submitted>;
  /** Action ids of what is pressed or chosen inside, and of selects whose options are asked for. A trailing digit is a place. */
  readonly presses?: readonly string[];
  readonly suggests?: readonly string[];
  /** The options of a select that fit what was typed. */
  readonly suggest?: (
    deps: SlackDeps,
    asker: Asker,
    given: Submission,
    query: string,
  ) => Promise<readonly PlainTextOption[]>;
  /** The view after something was pressed inside; null: it stays as it is. */
  readonly press?: (
    deps: SlackDeps,
    asker: Asker,
    given: Submission,
    pressed: Pressed,
  ) => Promise<{ readonly kind: "update" | "push"; readonly view: ModalView } | null>;
}

export const done = (said: Rendered | null): Submitted => ({ kind: "done", said });
export const fieldError = (field: string, message: string): Submitted => ({
  kind: "errors",
  errors: { [field]: message.slice(0, 2_000) },
});
