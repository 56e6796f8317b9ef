import { UserInputError } from "../lib/errors.ts";
import { nearMatches } from "./intake-near.ts";
import { CHOICE_NAMES, CHOICES, OPTION_NAMES, OPTIONS } from "./options.ts";
import type { SourceSpec } from "./source-argument.ts";
import { PipelineSpec } from "./spec.ts";
import { isRecord, type PartialSpec } from "./spec-file.ts";
import { specProblems } from "./spec-problems.ts";

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
  /** Any keys of a spec, as read from a file; what is said besides takes precedence. */
  readonly spec?: PartialSpec;
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

/** One section of the spec: what the file says, and over it what was said besides. */
const section = (file: PartialSpec, name: string, said: object): unknown => {
  const from = file[name];
  const own = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  if (from === undefined || from === null) return own;
  return isRecord(from) ? { ...from, ...own } : from;
};

const textAt = (value: unknown, key: string): string => {
  const text = isRecord(value) ? value[key] : undefined;
  return typeof text === "string" ? text.trim() : "";
};

/** What was said of these options, as far as it can be taken; the rest is told as a problem. */
const pick = (names: readonly string[], options: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => names.includes(name) && optionProblem(name, value) === null,
    ),
  );

/** Sources said besides replace those of the file, whose dataset they may stand for. */
const sourcesOf = (request: IntakeRequest, file: PartialSpec) =>
  request.sources === undefined ? (file.sources ?? []) : joinedOf(request);

const compose = (request: IntakeRequest): PartialSpec => {
  const file = request.spec ?? {};
  const dataset = section(file, "dataset", datasetOf(request));
  const named = textAt(file.pipeline, "name") || slugOf(fileName(textAt(dataset, "uri")));
  return {
    ...file,
    pipeline: section(file, "pipeline", {
      name: request.name ?? named,
      goal: request.goal?.trim() || textAt(file.pipeline, "goal"),
    }),
    dataset,
    sources: sourcesOf(request, file),
    columns: section(file, "columns", timeColumn(request)),
    repository: section(file, "repository", { remote: request.remote, branch: request.branch }),
    target: section(file, "target", { column: request.target, positive: request.positive }),
    options: section(file, "options", pick(OPTION_NAMES, request.options)),
    choices: section(file, "choices", pick(CHOICE_NAMES, request.options)),
  };
};

/** Where the repository is to go, as said or as the file says. */
export const remoteAsked = (
  request: Pick<IntakeRequest, "branch" | "remote" | "spec">,
): { readonly remote?: string | null; readonly branch?: string } => {
  const from = request.spec?.repository;
  const [remote, branch] = [textAt(from, "remote"), textAt(from, "branch")];
  return {
    ...(remote === "" ? {} : { remote }),
    ...(branch === "" ? {} : { branch }),
    ...(request.remote === undefined ? {} : { remote: request.remote }),
    ...(request.branch === undefined ? {} : { branch: request.branch }),
  };
};

const REQUIRED = [
  ["pipeline", "goal", "goal: what the model is for, in a sentence (--goal)"],
  ["dataset", "uri", "dataset: a CSV, TSV, JSON, JSON lines or Parquet file (--data)"],
  ["target", "column", "target: the column to predict (--target)"],
] as const;

/**
 * The complete spec of a request, defaults filled in. UserInputError GOAL_OUT_OF_SCOPE for a goal that is something else, and
 * INTAKE listing everything missing or wrong at once.
 */
export const intake = (request: IntakeRequest): PipelineSpec => {
  const composed = compose(request);
  const goal = textAt(composed.pipeline, "goal");
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
  const absent = REQUIRED.filter(([part, key]) => {
    const inner = composed[part];
    return isRecord(inner) && (inner[key] === undefined || inner[key] === "");
  });
  const parsed = PipelineSpec.safeParse(composed);
  // A name is made of the file's: without a file it is not what is wrong.
  const told = absent.flatMap(([part, key]) =>
    part === "dataset" ? ["dataset.uri:", "pipeline.name:"] : [`${part}.${key}:`],
  );
  const problems = [
    ...absent.map(([, , text]) => `missing ${text}`),
    ...Object.entries(request.options).flatMap(([name, value]) => optionProblem(name, value) ?? []),
    ...(parsed.success ? [] : specProblems(parsed.error, composed)).filter(
      (line) => !told.some((start) => line.startsWith(start)),
    ),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new UserInputError(
    "INTAKE",
    `the run cannot start:\n${problems.map((item) => `  - ${item}`).join("\n")}`,
    { next: "give what is listed" },
  );
};
