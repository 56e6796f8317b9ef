import { CHECKS } from "../checks/catalog.ts";
import { TrainingMetrics } from "../checks/training-metrics.ts";
import type { Finding } from "../checks/types.ts";
import type { Json } from "./model.ts";
import type { DataLevel } from "./tools/tool.ts";
import type { Veil } from "./veil.ts";

/**
 * What of a program's output may be told to a model. Code that a model wrote can encode cells in what it prints, so below `rows` only
 * what stands in the files already comes back: names of tests and error classes, places, and figures of the training record.
 */
export interface Telling {
  readonly level: DataLevel;
  readonly veil: Veil;
  /** Text files of the repository, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** One test as it ended. `name` is that of the function; its parameters may hold cells and are left out. */
export interface ToldTest {
  readonly name: string;
  readonly file: string;
  readonly verdict: "passed" | "failed" | "skipped";
}

const BUILTIN_ERRORS = new Set(
  "ArithmeticError AssertionError AttributeError BaseException BlockingIOError BrokenPipeError BufferError ChildProcessError ConnectionError ConnectionRefusedError EOFError Exception FileExistsError FileNotFoundError FloatingPointError ImportError IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError PermissionError ProcessLookupError RecursionError RuntimeError StopIteration SyntaxError SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError ValueError ZeroDivisionError".split(
    " ",
  ),
);

const standsIn = (texts: ReadonlyMap<string, string>, pattern: RegExp): boolean =>
  [...texts].some(([path, text]) => path.endsWith(".py") && pattern.test(text));

const isErrorClass = (name: string, { texts }: Telling): boolean =>
  BUILTIN_ERRORS.has(name) || standsIn(texts, new RegExp(`^class ${name}\\b`, "m"));

const lineCount = (text: string): number => text.split("\n").length;

/** Error classes with the file and line they came from, as far as both stand in the repository; at most five, each once. */
export const toldErrors = (output: string, telling: Telling): readonly string[] => {
  const told = new Set<string>();
  let place = "";
  for (const line of output.split("\n")) {
    const [, file = "", at = ""] = /(?:File "|^)([\w./-]+\.py)(?:", line |:)(\d+)/.exec(line) ?? [];
    const path = [...telling.texts.keys()].find((one) => file === one || file.endsWith(`/${one}`));
    if (path !== undefined && Number(at) <= lineCount(telling.texts.get(path) ?? ""))
      place = `${path}:${at}`;
    const name =
      /(?:^|^E\s+|: |\.)([A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning))(?=:|$)/.exec(
        line.trim(),
      )?.[1];
    if (name !== undefined && isErrorClass(name, telling))
      told.add(place === "" ? name : `${name} at ${place}`);
  }
  return [...told].slice(-5);
};

const attribute = (tag: string, name: string): string =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "";

/** Tests of a JUnit report whose functions stand in the repository, each function once with its worst verdict; others are counted. */
export const toldTests = (
  xml: string,
  { texts }: Telling,
): { readonly tests: readonly ToldTest[]; readonly others: number } => {
  const rank = { passed: 0, skipped: 1, failed: 2 } as const;
  const worst = new Map<string, ToldTest>();
  let others = 0;
  for (const [, tag = "", body = ""] of xml.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const name = attribute(tag, "name").replace(/\[.*$/s, "");
    const module = attribute(tag, "classname").replaceAll(".", "/");
    const file = [...texts.keys()].find(
      (path) =>
        path.endsWith(".py") &&
        (path === `${module}.py` || module.startsWith(`${path.slice(0, -3)}/`)),
    );
    const known =
      file !== undefined &&
      new RegExp(`def ${name.replace(/\W/g, "_")}\\(`).test(texts.get(file) ?? "");
    if (!known || !/^\w+$/.test(name)) {
      others += 1;
      continue;
    }
    const verdict = /<(failure|error)\b/.test(body)
      ? "failed"
      : /<skipped\b/.test(body)
        ? "skipped"
        : "passed";
    const key = `${file}::${name}`;
    const before = worst.get(key);
    if (before === undefined || rank[verdict] > rank[before.verdict])
      worst.set(key, { name, file, verdict });
  }
  return { tests: [...worst.values()], others };
};

const four = (value: number): number => Number(value.toPrecision(4));

/** The figures of a training record; its words only where they stand in the repository's files. Null where it is none. */
export const toldMetrics = (text: string, telling: Telling): Json | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = TrainingMetrics.safeParse(value);
  if (!parsed.success) return null;
  const { baseline, beats_baseline, difference, high, low, metric, model, n_holdout } = parsed.data;
  const word = (one: string) =>
    /^[\w ,.-]{1,60}$/.test(one) &&
    standsIn(telling.texts, new RegExp(`["']${one.replace(/[.]/g, "\\.")}["']`))
      ? telling.veil.hide(one).text
      : "(a word that stands in no file)";
  return {
    metric: word(metric),
    value: four(parsed.data.value),
    interval: [four(low), four(high)],
    baseline: four(baseline.value),
    ...(difference?.low == null || difference.high == null
      ? {}
      : { difference: [four(difference.low), four(difference.high)] }),
    beats_baseline,
    n_holdout,
    model: word(model),
  };
};

const EXECUTING = new Set(CHECKS.filter(({ executes }) => executes === true).map(({ id }) => id));

/**
 * A finding as a model may read it. The words of a check that executed code are that code's: below `rows` its test or error class stays.
 */
export const toldFinding = (finding: Finding, telling: Telling): Finding => {
  const { message, rule } = finding;
  if (telling.level === "rows" || !EXECUTING.has(rule))
    return { ...finding, message: telling.veil.hide(message).text };
  const target = /^make (test|train|demo)\b/.exec(message)?.[0];
  const test = /^(\w+)/.exec(message)?.[1] ?? "";
  const isTest = test !== "" && standsIn(telling.texts, new RegExp(`def ${test}\\(`));
  const errors = toldErrors(message.replaceAll(" | ", "\n"), telling);
  const said = [target, ...(isTest ? [test] : []), ...errors].filter((one) => one !== undefined);
  return {
    ...finding,
    message: said.length > 0 ? `failed: ${said.join(", ")}` : "failed; its words stay in the house",
  };
};
