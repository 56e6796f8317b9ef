import { z } from "zod";
import type { Json } from "../model.ts";
import { type Telling, toldErrors, toldMetrics, toldTests } from "../told-output.ts";
import { plainJson } from "../untrusted.ts";
import { ANSWER_CAP, said, shown, teach } from "./answer.ts";
import { tellingOf } from "./check-run.ts";
import { defineTool, type MakePort } from "./tool.ts";

const OUTPUT_CAP = 4_000;
const TESTS_TOLD = 40;

type Ran = Extract<Awaited<ReturnType<MakePort["run"]>>, { readonly kind: "ran" }>;

const reportsTold = (ran: Ran, telling: Telling): Readonly<Record<string, Json>> => {
  const told: Record<string, Json> = {};
  for (const [path, text] of ran.reports) {
    if (path.endsWith(".xml")) {
      const { others, tests } = toldTests(text, telling);
      const bad = tests.filter(({ verdict }) => verdict !== "passed");
      told.tests = {
        passed: tests.length - bad.length,
        notPassed: bad
          .slice(0, TESTS_TOLD)
          .map(({ file, name, verdict }) => `${file}::${name} ${verdict}`),
        ...(others > 0 ? { notNamed: others } : {}),
      };
    }
    const metrics = path.endsWith("metrics.json") ? toldMetrics(text, telling) : null;
    if (metrics !== null) told.metrics = metrics;
  }
  return told;
};

/** A target of the assembled Makefile, run in the sandbox on a copy of the repository as it would be. */
export const makeRun = defineTool({
  name: "make_run",
  description:
    "Run one target of the repository's Makefile (test, train, demo …) in a sandbox without network, on a copy: it changes none of your files. Answers exit code, seconds, tests by name and verdict, metrics, and error classes with file and line; the output itself only where the house lets rows out.",
  reads: false,
  strict: false,
  input: z.strictObject({ target: z.string().min(1).max(60) }),
  run: async ({ target }, context) => {
    const { make, veil, workspace } = context;
    if (!make.targets.includes(target))
      return teach({
        expected: `one of: ${make.targets.join(" ")}`,
        got: `"${target}"`,
        next: `make_run "${make.targets[0] ?? "test"}"`,
      });
    const ran = await make.run(target, workspace.files(), context.signal);
    context.signal.throwIfAborted();
    if (ran.kind === "not_run")
      return said(
        `NOT RUN: ${veil.hide(ran.why).text.slice(0, 500)}. Go on without it; check_run examines the files all the same.`,
      );
    const telling = tellingOf(context);
    const output = `${ran.stdout}\n${ran.stderr}`.trim();
    const errors = ran.exitCode === 0 ? [] : toldErrors(output, telling);
    const result = {
      target,
      exit: ran.exitCode,
      ended: ran.ended,
      seconds: Math.round(ran.seconds),
      ...reportsTold(ran, telling),
      ...(errors.length > 0 ? { errors: [...errors] } : {}),
      ...(context.level === "rows" ? { output: veil.hide(output).text.slice(-OUTPUT_CAP) } : {}),
    };
    const note =
      context.level === "rows"
        ? ""
        : "What the program printed stays in the house: its tests say what was wrong, so test for what you want to know.";
    return shown(context, "make", plainJson(result).slice(0, ANSWER_CAP), {
      note,
      isError: ran.exitCode !== 0,
    });
  },
});
