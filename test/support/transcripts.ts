import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLI_HARNESS } from "./harness.ts";

/** A short conversation with the terminal about one example: how it is started, and one change that a person asks for. */
export interface ExampleTalk {
  readonly folder: string;
  readonly start: readonly string[];
  readonly comment: string;
}

/** One command as a person types it, and what came back. */
export interface Exchange {
  readonly command: string;
  readonly exit: number;
  readonly output: string;
}

const given = (file: string, target: string, goal: string): readonly string[] => [
  "--data",
  `examples/${file}`,
  "--target",
  target,
  "--goal",
  goal,
];

export const TALKS: readonly ExampleTalk[] = [
  {
    folder: "birdstrikes",
    start: given(
      "birdstrikes/birdstrikes.csv",
      "Effect Amount of damage",
      "Predict which wildlife strikes damage the aircraft",
    ),
    comment: "exclude Time of day; false negatives cost 5",
  },
  {
    folder: "weather",
    start: given("weather/weather.csv", "weather", "Predict what kind of weather a day brings"),
    comment: "target temp_max; exclude weather",
  },
  {
    folder: "flights",
    start: given("flights/flights.csv", "late", "Predict which flights leave 15 minutes late"),
    comment: "metric average_precision; threshold 0.3",
  },
  {
    folder: "breast-cancer",
    start: given(
      "breast-cancer/breast-cancer.csv",
      "diagnosis",
      "Predict whether a tumour is malignant",
    ),
    comment: "model family linear; folds 3",
  },
];

const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : JSON.stringify(word));

/** What differs from one machine or minute to the next, replaced by what it is. */
const steady = (text: string): string =>
  text
    .replaceAll(`${process.cwd()}/`, "")
    .replace(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replace(/policy [0-9a-f]{12}/g, "policy …")
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<time>")
    .replace(/log head [0-9a-f]+/g, "log head …")
    .trimEnd();

const mlpipeline = (args: readonly string[], home: string): Promise<Exchange> =>
  new Promise((resolve) => {
    const env = { ...process.env, MLPIPELINE_HOME: home, USER: "ada", NO_COLOR: "1" };
    execFile(process.execPath, [CLI_HARNESS, ...args], { env, maxBuffer: 1e8 }, (error, stdout) => {
      resolve({
        command: `mlpipeline ${args.map(quoted).join(" ")}`,
        exit: typeof error?.code === "number" ? error.code : error ? 1 : 0,
        output: steady(stdout),
      });
    });
  });

/** Holds the conversation with the real terminal in a home of its own, without Python: up to the handoff after the change. */
export const talk = async ({
  comment,
  folder,
  start,
}: ExampleTalk): Promise<readonly Exchange[]> => {
  const home = await mkdtemp(join(tmpdir(), "mlpipeline-talk-"));
  try {
    await writeFile(join(home, "mlpipeline.yml"), "sandbox: {install: false}\n");
    const first = await mlpipeline(["start", ...start, "--name", folder, "--wait"], home);
    const second = await mlpipeline(["changes", `${folder}-1`, comment, "--wait"], home);
    return [first, second];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
};

/** The conversation as the document that lies beside the data. */
export const transcript = ({ folder }: ExampleTalk, exchanges: readonly Exchange[]): string =>
  [
    `# A conversation about ${folder}`,
    "",
    "Recorded with the real terminal by `npx tsx test/support/write-transcripts.ts`, in a home with `sandbox: {install: false}`: without Python",
    "nothing is trained, and both handoffs are those of phase 1. A test holds it again and compares how it ends.",
    ...exchanges.flatMap(({ command, exit, output }) => [
      "",
      "```",
      `$ ${command}`,
      output,
      "```",
      "",
      `Exit code ${exit}.`,
    ]),
    "",
  ].join("\n");

/** Of a document or an output the lines that say how it ended: which handoff, what was measured, what became of the comment. */
export const outcome = (text: string): readonly string[] =>
  text
    .split("\n")
    .filter((line) =>
      /^(Handoff \d| {2}rows × | {2}target | {2}best baseline| {2}- \[)/.test(line),
    );
