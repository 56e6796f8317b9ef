import { z } from "zod";

const Selected = z.looseObject({ value: z.string().optional() });

const Value = z.looseObject({
  value: z.string().nullish(),
  selected_option: Selected.nullish(),
  selected_options: z.array(Selected).nullish(),
  selected_user: z.string().nullish(),
  selected_users: z.array(z.string()).nullish(),
  selected_conversation: z.string().nullish(),
  selected_date: z.string().nullish(),
  selected_date_time: z.number().nullish(),
  files: z.array(z.looseObject({ id: z.string() })).nullish(),
});
type Value = z.infer<typeof Value>;

const State = z.record(z.string(), z.record(z.string(), Value));

/** What stands in a modal's inputs, by the field's name. Empty text and empty choices are null. */
export interface FormValues {
  readonly text: (field: string) => string | null;
  readonly chosen: (field: string) => string | null;
  readonly chosenAll: (field: string) => readonly string[];
  readonly user: (field: string) => string | null;
  readonly users: (field: string) => readonly string[];
  readonly conversation: (field: string) => string | null;
  readonly date: (field: string) => string | null;
  /** Epoch milliseconds. */
  readonly dateTimeMs: (field: string) => number | null;
  readonly fileIds: (field: string) => readonly string[];
}

const present = (text: string | null | undefined): string | null =>
  text === null || text === undefined || text.trim() === "" ? null : text.trim();

/** Reads `view.state.values` of a payload. Fields that are not there are null. Never throws on Slack's own forms. */
export const readValues = (values: unknown): FormValues => {
  const state = State.parse(values ?? {});
  const of = (field: string): Value => state[field]?.[field] ?? {};
  return {
    text: (field) => present(of(field).value),
    chosen: (field) => present(of(field).selected_option?.value),
    chosenAll: (field) => (of(field).selected_options ?? []).flatMap((one) => one.value ?? []),
    user: (field) => present(of(field).selected_user),
    users: (field) => of(field).selected_users ?? [],
    conversation: (field) => present(of(field).selected_conversation),
    date: (field) => present(of(field).selected_date),
    dateTimeMs: (field) => {
      const seconds = of(field).selected_date_time;
      return typeof seconds === "number" ? seconds * 1000 : null;
    },
    fileIds: (field) => (of(field).files ?? []).map((file) => file.id),
  };
};
