import type { Facts } from "../spec/facts.ts";
import { LEVELS } from "../spec/levels.ts";
import { CHOICE_NAMES, CHOICES, OPTION_NAMES, OPTIONS } from "../spec/options.ts";
import type { Part } from "../spec/part.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import { endingWarnings, type LockLevel } from "./lock.ts";

/** What one accepted step says about itself. */
interface Summary {
  readonly role: string;
  readonly decisions: readonly { readonly decided: string; readonly why: string }[];
  readonly risks: readonly string[];
  readonly openQuestions: readonly { readonly question: string; readonly assumed: string }[];
  readonly leftOut: readonly {
    readonly part: string;
    readonly why: string;
    readonly toTurnOn: string;
  }[];
}

export interface ReadmeInput {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
  readonly names: { readonly pipeline: string; readonly pkg: string };
  readonly summaries: readonly Summary[];
  readonly parts: readonly Part[];
  /** The executed metric with its interval beside the baseline, or why there is none; null before phase 2. */
  readonly training: string | null;
  /** Verification levels by path, and all paths that stand in the repository beside this file and the lock. */
  readonly levels: ReadonlyMap<string, LockLevel>;
  readonly files: readonly string[];
  readonly demo: boolean;
}

// One line of plain Markdown: goal, column names and labels come from people and data.
const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")
    .replace(/[\\`*_[\]<>|#~]/g, (char) =>
      char === "<" ? "&lt;" : char === ">" ? "&gt;" : `\\${char}`,
    );

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

const section = (title: string, body: string): readonly string[] =>
  body === "" ? [] : [`## ${title}`, body];

const targets = (parts: readonly Part[]): string => {
  const seen = new Map(
    parts.flatMap((part) => part.make).map((target) => [target.target, target.help]),
  );
  const rows = [...seen].map(([name, help]) => `| \`make ${name}\` | ${help} |`);
  return rows.length === 0 ? "" : ["| command | what it does |", "|---|---|", ...rows].join("\n");
};

const FIRST = ["demo", "test", "train"];

/** What to type first, of the targets that are there, and the table of all. */
const runIt = (parts: readonly Part[]): string => {
  const there = new Set(parts.flatMap((part) => part.make).map((target) => target.target));
  const first = FIRST.filter((name) => there.has(name));
  if (first.length === 0) return targets(parts);
  const command = `make ${first.join(" ")}   # installs its locked packages on first use; Python 3.11 or newer`;
  return `\`\`\`sh\n${command}\n\`\`\`\n\n${targets(parts)}`;
};

const head = (input: ReadmeInput): string => {
  const { facts, spec } = input;
  const rate =
    facts.target.kind === "binary" && facts.target.baseRate !== null
      ? `, ${(facts.target.baseRate * 100).toFixed(1)} % of them positive`
      : "";
  const span =
    facts.time.min && facts.time.max ? ` from ${facts.time.min} to ${facts.time.max}` : "";
  return [
    `${plain(spec.pipeline.goal)}`,
    "",
    `Built from ${facts.profile.rows.toLocaleString("en-US")} rows × ${facts.profile.columns.length} columns${span}${rate}.`,
    `Target: ${plain(facts.target.column)} (${facts.target.kind}). Data snapshot \`sha256:${facts.snapshot.sha256.slice(0, 12)}…\`.`,
  ].join("\n");
};

const row = (name: string, chosen: string, values: readonly string[]): string => {
  const others = values.filter((value) => value !== chosen);
  return `| \`${name}\` | ${chosen} | ${others.join(", ")} |`;
};

const choices = (spec: PipelineSpec): string =>
  [
    "| option | chosen | other values |",
    "|---|---|---|",
    ...OPTION_NAMES.map((name) => row(name, spec.options[name], OPTIONS[name])),
    ...CHOICE_NAMES.map((name) => row(`choices.${name}`, spec.choices[name], CHOICES[name])),
  ].join("\n");

const MEANING = {
  executed: "the real tool ran it",
  compiled: "the real SDK or schema accepted it",
  parsed: "a parser read it",
  unverified: "nothing could read it here; the reason stands in the lock",
} as const;

const SHOWN = 20;

/** How many files reached which level, and which reached none. */
const verification = ({ files, levels }: ReadmeInput): string => {
  const levelOf = (path: string) => levels.get(path)?.level ?? "unverified";
  const counts = LEVELS.map((level) => ({
    level,
    files: files.filter((path) => levelOf(path) === level).length,
  }));
  const rows = counts.map((one) => `| ${one.level} | ${one.files} | ${MEANING[one.level]} |`);
  const bare = files.filter((path) => levelOf(path) === "unverified");
  const named = bare
    .slice(0, SHOWN)
    .map((path) => `\`${path}\`: ${plain(levels.get(path)?.reason ?? "no check examined it")}`);
  const more = bare.length > SHOWN ? [`and ${bare.length - SHOWN} more`] : [];
  return [
    ["| level | files | means |", "|---|---|---|", ...rows].join("\n"),
    "`pipeline.lock.json` says it per file, with the check, the tool and its version.",
    ...(bare.length > 0 ? [`Unverified:\n\n${list([...named, ...more])}`] : []),
  ].join("\n\n");
};

/** README of a pipeline repository, assembled from the spec, the facts and what the steps say; it decides nothing. */
export const renderReadme = (input: ReadmeInput): string => {
  const decided = input.summaries.flatMap((summary) =>
    summary.decisions.map((item) => `${plain(item.decided)}: ${plain(item.why)} (${summary.role})`),
  );
  const questions = input.summaries.flatMap((summary) =>
    summary.openQuestions.map((item) => `${plain(item.question)} Assumed: ${plain(item.assumed)}`),
  );
  const leftOut = input.summaries.flatMap((summary) =>
    summary.leftOut.map(
      (item) => `\`${item.part}\`: ${plain(item.why)}; to turn on: ${plain(item.toTurnOn)}`,
    ),
  );
  const warnings = endingWarnings(input.spec).map(
    (warning) =>
      `**${warning.system}**: ${warning.text}. Way out: ${warning.instead.join(" or ")}.`,
  );
  const demo = input.demo
    ? [
        "> No person approved this repository: it was built by `mlpipeline demo`, which approves its own handoffs.",
      ]
    : [];
  return `${[
    `# ${input.names.pipeline}`,
    head(input),
    ...demo,
    ...section("Run it", runIt(input.parts)),
    ...section("Result", plain(input.training ?? "Not trained yet: that is phase 2.")),
    ...section("Options", choices(input.spec)),
    ...section("Verification", verification(input)),
    ...section("Warnings", list(warnings)),
    ...section("Decided, and why", list(decided)),
    ...section("Risks", list(input.summaries.flatMap((summary) => summary.risks.map(plain)))),
    ...section("Open questions", list(questions)),
    ...section("Left out", list(leftOut)),
  ].join("\n\n")}\n`;
};
