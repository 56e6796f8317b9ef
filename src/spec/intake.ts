import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { nearMatches } from "./intake-near.ts";
import { CHOICE_NAMES, CHOICES, OPTION_NAMES, OPTIONS } from "./options.ts";
import type { SourceSpec } from "./source-argument.ts";
import { PipelineSpec } from "./spec.ts";

/** What a person said; everything may be missing. */
export interface IntakeRequest {
  readonly name?: string;
  readonly goal?: string;
  readonly dataset?: string;
  readonly target?: string;
  readonly positive?: string;
  /** Where the repository is pushed; null or absent: nowhere, a bundle is written instead. */
  readonly remote?: string | null;
  /** The branch that people review it into. */
  readonly branch?: string;
  /** Several sources, the first of which holds the target; it stands for `dataset` where that is missing. */
  readonly sources?: readonly SourceSpec[];
  readonly options: Readonly<Record<string, string>>;
}

const IN_SCOPE =
  /\b(predict|forecast|classif\w*|estimat\w*|detect\w*|scor\w+|rank\w*|recommend\w*|segment\w*|regress\w*|anomal\w*|churn|probabilit\w*|likelihood|risk|model\w*|train\w*|retrain\w*|pipeline|learn\w*|which|whether|how (much|many|long|likely)|expect\w*|identify|flag|label)\b/i;

const SCOPE_WORDS =
  "building, changing, running or watching an ML pipeline: a sentence that says what is to be predicted, classified, estimated or detected";

/** A slug of 3 to 40 characters from any text; "pipeline" when nothing usable is left. */
export const slugOf = (text: string): string => {
  const slug = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return slug.length >= 3 ? slug : "pipeline";
};

const fileName = (dataset: string): string => {
  const last = dataset.split(/[\\/]/).at(-1) ?? dataset;
  return last.replace(/\.[^.]*$/, "");
};

const isKnown = (name: string, table: Readonly<Record<string, readonly string[]>>): boolean =>
  Object.hasOwn(table, name);

const optionProblem = (name: string, value: string): string | null => {
  const table: Readonly<Record<string, readonly string[]>> = { ...OPTIONS, ...CHOICES };
  if (!isKnown(name, table)) {
    const near = nearMatches(name, [...OPTION_NAMES, ...CHOICE_NAMES]);
    const hint =
      near.length > 0
        ? `did you mean ${near.join(" or ")}?`
        : `options are ${OPTION_NAMES.join(", ")}`;
    return `option "${name}" is unknown; ${hint}`;
  }
  const values = table[name] ?? [];
  if (values.includes(value)) return null;
  const near = nearMatches(value, values);
  return `option ${name}: expected one of ${values.join(", ")}, got "${value}"${near.length > 0 ? `; did you mean ${near[0]}?` : ""}`;
};

/** The first source is the dataset, unless one is given besides. */
const datasetOf = ({ dataset, sources = [] }: IntakeRequest) => {
  const [first] = sources;
  if (dataset !== undefined || first === undefined) return { uri: dataset };
  const { credential, format, null_tokens, uri } = first;
  return { uri, format, null_tokens, credential };
};

const joinedOf = ({ dataset, sources = [] }: IntakeRequest): readonly SourceSpec[] =>
  dataset === undefined ? sources.slice(1) : sources;

const timeColumn = ({ dataset, sources = [] }: IntakeRequest) => {
  const named = dataset === undefined ? (sources[0]?.event_time ?? null) : null;
  return named === null ? {} : { event_time: named };
};

const missing = (request: IntakeRequest): readonly string[] => [
  ...(request.goal?.trim() ? [] : ["goal: what the model is for, in a sentence (--goal)"]),
  ...(datasetOf(request).uri?.trim()
    ? []
    : ["dataset: a CSV, TSV, JSON, JSON lines or Parquet file (--data)"]),
  ...(request.target?.trim() ? [] : ["target: the column to predict (--target)"]),
];

const pick = (names: readonly string[], options: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));

/**
 * The complete spec of a request, defaults filled in. UserInputError GOAL_OUT_OF_SCOPE for a goal that is something else, and
 * INTAKE listing everything missing or wrong at once.
 */
export const intake = (request: IntakeRequest): PipelineSpec => {
  const goal = request.goal?.trim() ?? "";
  if (goal !== "" && !IN_SCOPE.test(goal)) {
    throw new UserInputError(
      "GOAL_OUT_OF_SCOPE",
      `this goal is not about an ML pipeline: "${goal.slice(0, 200)}"`,
      {
        expected: SCOPE_WORDS,
        got: goal.slice(0, 200),
        next: "say what is to be predicted from the data",
      },
    );
  }
  const problems = [
    ...missing(request).map((item) => `missing ${item}`),
    ...Object.entries(request.options).flatMap(([name, value]) => optionProblem(name, value) ?? []),
  ];
  const parsed =
    problems.length > 0
      ? null
      : PipelineSpec.safeParse({
          pipeline: { name: request.name ?? slugOf(fileName(datasetOf(request).uri ?? "")), goal },
          dataset: datasetOf(request),
          sources: joinedOf(request),
          columns: timeColumn(request),
          repository: {
            remote: request.remote ?? null,
            ...(request.branch === undefined ? {} : { branch: request.branch }),
          },
          target: {
            column: request.target,
            ...(request.positive === undefined ? {} : { positive: request.positive }),
          },
          options: pick(OPTION_NAMES, request.options),
          choices: pick(CHOICE_NAMES, request.options),
        });
  if (parsed?.success) return parsed.data;
  const listed = parsed ? [z.prettifyError(parsed.error)] : problems;
  throw new UserInputError(
    "INTAKE",
    `the run cannot start:\n${listed.map((item) => `  - ${item}`).join("\n")}`,
    {
      next: "give what is listed",
    },
  );
};
