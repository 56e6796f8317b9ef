import { z } from "zod";
import { isProductError, UserInputError } from "../../lib/errors.ts";
import { datasetKeep, datasetsList } from "../../operations/datasets.ts";
import { runStart } from "../../operations/run-start.ts";
import { DEFAULT_OPTIONS, OPTION_NAMES } from "../../spec/options.ts";
import { type Asker, mustBeKnown, perform } from "../asker.ts";
import { option } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { SlackDeps } from "../deps.ts";
import { KEYS } from "../show/row.ts";
import { done, fieldError, type Modal, type Submitted } from "./define.ts";
import {
  buildOptions,
  buildStart,
  KNOWN_ACTION,
  OPTIONS_ACTION,
  SOURCE_ACTION,
  SOURCES,
  StartState,
  TIGHTENED,
} from "./start-form.ts";
import type { FormValues } from "./values.ts";

/** What a start is opened with: prefilled values, a message's file, and where it was asked for. */
const Prefilled = z.object({
  channel: z.string().optional(),
  name: z.string().optional(),
  goal: z.string().optional(),
  data: z.string().optional(),
  target: z.string().optional(),
  positive: z.string().optional(),
  options: z.record(z.string(), z.string()).optional(),
  file: z.string().optional(),
  file_name: z.string().optional(),
});
export type Prefilled = z.infer<typeof Prefilled>;

/** The id by which the modal is opened. */
export const startId = (prefilled: Prefilled): string => JSON.stringify(prefilled);

const parsePrefilled = (id: string): Prefilled => {
  try {
    return Prefilled.parse(JSON.parse(id || "{}"));
  } catch {
    return {};
  }
};

interface Dataset {
  readonly uri: string;
  readonly target: string | null;
}

const uploaded = async (deps: SlackDeps, asker: Asker, fileId: string): Promise<Dataset> => {
  const file = await deps.port.download(fileId);
  const kept = await perform(deps, asker, datasetKeep, { name: file.name, bytes: file.bytes });
  return { uri: kept.path, target: null };
};

const known = async (deps: SlackDeps, asker: Asker, id: string): Promise<Dataset> => {
  const { datasets } = await perform(deps, asker, datasetsList, { limit: 100 });
  const found = datasets.find((one) => one.id === id);
  if (found) return { uri: found.uri, target: found.target ?? null };
  throw new UserInputError("DATASET_GONE", "this dataset is not known any more", {
    next: "choose another one",
  });
};

const datasetOf = async (
  deps: SlackDeps,
  asker: Asker,
  state: StartState,
  values: FormValues,
): Promise<Dataset | null> => {
  const file = state.file ?? values.fileIds("upload")[0];
  if (file !== undefined) return uploaded(deps, asker, file);
  const chosen = values.chosen(KNOWN_ACTION);
  if (chosen !== null) return known(deps, asker, chosen);
  const path = values.text("path");
  return path === null ? null : { uri: path, target: null };
};

const datasetFieldOf = (state: StartState): string =>
  state.source === "known" ? KNOWN_ACTION : state.source === "upload" ? "upload" : "path";

/** The field that an error of a start belongs to; the goal where none is nearer. */
const fieldFor = (error: UserInputError, state: StartState): string => {
  const { code } = error;
  if (code.startsWith("DATA") || code.startsWith("FILE")) return datasetFieldOf(state);
  if (code.includes("TARGET") || code.includes("POSITIVE")) return "target";
  if (code.startsWith("BUDGET")) return "budget";
  return /name|slug/i.test(error.message) && code === "INTAKE" ? "name" : "goal";
};

type Started = z.output<typeof runStart.output>;

/** What a start answers: what was found in the data and what was assumed. */
export const startedMessage = (started: Started): Rendered => {
  const assumed = started.assumptions.slice(0, 5).map((item) => `• ${item}`);
  return renderLine(
    [
      `Started ${started.run}: ${started.rows} rows × ${started.columns} columns, target ${started.target}.`,
      ...(assumed.length > 0 ? ["Assumed:", ...assumed] : []),
      ...started.warnings.slice(0, 3).map((item) => `⚠ ${item}`),
    ].join("\n"),
  );
};

/** Starts a run and notes the channel in which it is shown. */
export const startRun = async (
  deps: SlackDeps,
  asker: Asker,
  input: z.input<typeof runStart.input>,
  channel: string | null,
): Promise<Rendered> => {
  const started = await perform(deps, asker, runStart, input);
  if (channel !== null) await deps.messages.put(KEYS.channel(started.run_id), channel);
  return startedMessage(started);
};

const budgetOf = (text: string | null): number | null | "bad" => {
  if (text === null) return null;
  const amount = Number(text);
  return Number.isFinite(amount) && amount >= 0 ? amount : "bad";
};

const submit = async (
  deps: SlackDeps,
  asker: Asker,
  state: StartState,
  values: FormValues,
): Promise<Submitted> => {
  const budget = budgetOf(values.text("budget"));
  if (budget === "bad") return fieldError("budget", "Expected an amount such as 25 or 12.50.");
  const dataset = await datasetOf(deps, asker, state, values);
  if (dataset === null) return fieldError(datasetFieldOf(state), "Give a dataset.");
  const target = values.text("target") ?? dataset.target;
  if (target === null) return fieldError("target", "Say which column is to be predicted.");
  const [name, goal, positive] = [
    values.text("name"),
    values.text("goal"),
    values.text("positive"),
  ];
  const policy = TIGHTENED[values.chosen("policy") ?? ""] ?? {};
  const started = await startRun(
    deps,
    asker,
    {
      dataset: dataset.uri,
      target,
      options: state.options,
      ...(Object.keys(policy).length === 0 ? {} : { spec: { policy } }),
      ...(name === null ? {} : { pipeline: name }),
      ...(goal === null ? {} : { goal }),
      ...(positive === null ? {} : { positive }),
      ...(budget === null ? {} : { budget_usd: budget }),
    },
    values.conversation("channel"),
  );
  return done(started);
};

/** Start a pipeline. What is wrong with data or words stands under its field, and nothing is kept then. */
export const startModal: Modal = {
  name: "start",
  errorField: "goal",
  presses: [SOURCE_ACTION, OPTIONS_ACTION],
  suggests: [KNOWN_ACTION],
  prepare: async (deps, asker, id) => {
    await mustBeKnown(deps, asker, false);
    const given = parsePrefilled(id);
    const state: StartState = StartState.parse({
      source: given.data === undefined && deps.settings.uploads === "on" ? "upload" : "path",
      uploads: deps.settings.uploads === "on",
      options: given.options ?? {},
      ...(given.file === undefined ? {} : { file: given.file, file_name: given.file_name }),
    });
    return buildStart(state, given);
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const state = StartState.parse(raw);
    await mustBeKnown(deps, asker, false);
    try {
      return await submit(deps, asker, state, values);
    } catch (error) {
      if (!isProductError(error) || error.kind !== "input") throw error;
      const name = fieldFor(error as UserInputError, state);
      const where = name === "path" && state.file !== undefined ? "goal" : name;
      return fieldError(where, `${error.message}${error.next ? ` Next: ${error.next}.` : ""}`);
    }
  },
  press: async (_deps, _asker, { state: raw, viewId }, { action, value }) => {
    const state = StartState.parse(raw);
    if (action === OPTIONS_ACTION)
      return { kind: "push", view: buildOptions(state.options, { view: viewId, state }) };
    const source = SOURCES.find((one) => one === value) ?? state.source;
    return { kind: "update", view: buildStart({ ...state, source }) };
  },
  suggest: async (deps, asker, _given, query) => {
    const { datasets } = await perform(deps, asker, datasetsList, { query });
    return datasets.map((one) =>
      option(one.pipeline ? `${one.name} (${one.pipeline})` : one.name, one.id),
    );
  },
};

const OptionsState = z.object({ parent: z.string(), start: StartState });

/** The seven options, pushed over Start; what is chosen goes into the form beneath. */
export const optionsModal: Modal = {
  name: "options",
  errorField: null,
  prepare: async () => {
    throw new UserInputError("NOT_HERE", "options are chosen from the Start form");
  },
  submit: async (deps, _asker, { state: raw, values }) => {
    const { parent, start } = OptionsState.parse(raw);
    const chosen = OPTION_NAMES.flatMap((name): readonly (readonly [string, string])[] => {
      const value = values.chosen(name);
      return value === null || value === DEFAULT_OPTIONS[name] ? [] : [[name, value]];
    });
    // The hash is the form's of before: nothing but this modal can have changed it meanwhile.
    await deps.port.updateView(
      { id: parent, hash: "" },
      buildStart({ ...start, options: Object.fromEntries(chosen) }),
    );
    return done(null);
  },
};
