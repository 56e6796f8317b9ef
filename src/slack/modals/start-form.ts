import { z } from "zod";
import { DEFAULT_OPTIONS, OPTION_NAMES, OPTIONS } from "../../spec/options.ts";
import { actions, button, option, section } from "../blocks/elements.ts";
import type { InputElement, KnownBlock, ModalView } from "../blocks/slack-types.ts";
import { cut } from "../escape.ts";
import { LIMITS } from "../limits.ts";
import { field, modal, numberInput, radioInput, selectInput, textInput } from "./form.ts";

export const SOURCES = ["known", "upload", "path"] as const;

export const SOURCE_ACTION = "source";
export const OPTIONS_ACTION = "start_options";
export const KNOWN_ACTION = "known";

const MAX_NAME = 40;
const FILE_TYPES = ["csv", "tsv", "json", "jsonl", "parquet"];

/** What an open Start modal carries: choices that are not in its inputs, never what was typed. */
export const StartState = z.object({
  source: z.enum(SOURCES).default("path"),
  uploads: z.boolean().default(true),
  /** Options that differ from their defaults. */
  options: z.record(z.string(), z.string()).default({}),
  /** A file of the message that the shortcut was used on. */
  file: z.string().optional(),
  file_name: z.string().optional(),
  /** Where it was asked for: channel/thread. */
  at: z.string().optional(),
});
export type StartState = z.infer<typeof StartState>;

/** What is filled in already. */
export interface Prefill {
  readonly channel?: string | undefined;
  readonly name?: string | undefined;
  readonly goal?: string | undefined;
  readonly data?: string | undefined;
  readonly target?: string | undefined;
  readonly positive?: string | undefined;
}

const channelSelect = (initial: string | undefined): InputElement => ({
  type: "conversations_select",
  filter: {
    include: ["public", "private"],
    exclude_external_shared_channels: true,
    exclude_bot_users: true,
  },
  ...(initial === undefined
    ? { default_to_current_conversation: true }
    : { initial_conversation: initial }),
});

const sourceField = ({ source, uploads }: StartState): KnownBlock =>
  field(
    SOURCE_ACTION,
    "Dataset",
    radioInput(
      [
        option("One that was used before", "known"),
        ...(uploads ? [option("Upload a file", "upload")] : []),
        option("A path or an address", "path"),
      ],
      source,
    ),
    { dispatch: true },
  );

const datasetField = (state: StartState, prefill: Prefill): KnownBlock => {
  if (state.file !== undefined)
    return section(`The file of the message is the dataset: ${cut(state.file_name ?? "", 200)}`);
  if (state.source === "known")
    return field(KNOWN_ACTION, "Which dataset", { type: "external_select", min_query_length: 0 });
  if (state.source === "upload")
    return field(
      "upload",
      "File",
      { type: "file_input", filetypes: FILE_TYPES, max_files: 1 },
      {
        hint: "CSV, TSV, JSON, JSON lines or Parquet. It is kept where mlpipeline is installed.",
      },
    );
  return field("path", "Path or address", textInput({ max: 2_000, initial: prefill.data ?? "" }), {
    hint: "A file that the machine where mlpipeline is installed can read.",
  });
};

/** What a pipeline may ask for beyond the workspace's policy, which it can only tighten; by the choice's value. */
export const TIGHTENED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  workspace: {},
  two: { quorum: 2 },
  roles: { quorum: 2, distinct_roles: true },
  executed: { min_level: { else: "executed" } },
};
const DEFAULT_POLICY = "workspace";

const policyField = (): KnownBlock =>
  field(
    "policy",
    "Approvals",
    selectInput(
      [
        option("As the workspace's policy says", DEFAULT_POLICY),
        option("Two people each time", "two"),
        option("Two people of different roles each time", "roles"),
        option("Nothing below executed", "executed"),
      ],
      DEFAULT_POLICY,
    ),
    { hint: "This pipeline's own wish: it makes the workspace's policy stricter, never looser." },
  );

const optionsLine = ({ options }: StartState): string =>
  `Options: ${OPTION_NAMES.map((name) => options[name] ?? DEFAULT_OPTIONS[name]).join(" · ")}`;

/** The form that starts a run. Pure. */
export const buildStart = (state: StartState, prefill: Prefill = {}): ModalView =>
  modal({
    name: "start",
    title: "Start a pipeline",
    submit: "Start",
    state,
    blocks: [
      field("channel", "Channel of the run", channelSelect(prefill.channel), {
        hint: "Invite me there first.",
      }),
      field("name", "Name", textInput({ max: MAX_NAME, initial: prefill.name ?? "" }), {
        optional: true,
        hint: "Lower-case letters, digits and dashes; left empty, the dataset's name.",
      }),
      field(
        "goal",
        "Goal",
        textInput({ multiline: true, max: LIMITS.goal, initial: prefill.goal ?? "" }),
        {
          hint: "In a sentence: what is to be predicted?",
        },
      ),
      ...(state.file === undefined ? [sourceField(state)] : []),
      datasetField(state, prefill),
      field("target", "Column to predict", textInput({ max: 300, initial: prefill.target ?? "" }), {
        optional: state.source === "known",
        hint: "Of a dataset used before: left empty, the same column as then.",
      }),
      field(
        "positive",
        "Positive label",
        textInput({ max: 300, initial: prefill.positive ?? "" }),
        {
          optional: true,
          hint: "Which value of the column counts as yes; !value means everything else.",
        },
      ),
      field("budget", "Budget in USD", numberInput(), {
        optional: true,
        hint: "Left empty, the workspace's own.",
      }),
      policyField(),
      section(optionsLine(state)),
      actions(button("Change options…", OPTIONS_ACTION, "options")),
    ],
  });

/** One select per option, values and defaults from the catalog. Pure. */
export const buildOptions = (
  chosen: Readonly<Record<string, string>>,
  parent: { readonly view: string; readonly state: StartState },
): ModalView =>
  modal({
    name: "options",
    title: "Options",
    submit: "Use these",
    close: "Back",
    state: { parent: parent.view, start: parent.state },
    blocks: OPTION_NAMES.map((name) => {
      const values = OPTIONS[name].map((value) =>
        option(value === DEFAULT_OPTIONS[name] ? `${value} (default)` : value, value),
      );
      const current = chosen[name] ?? DEFAULT_OPTIONS[name];
      const initial = values.find((one) => one.value === current);
      return field(name, name.replaceAll("_", " "), {
        type: "static_select",
        options: values,
        ...(initial ? { initial_option: initial } : {}),
      });
    }),
  });
