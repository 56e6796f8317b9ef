import { z } from "zod";
import type { Finding } from "../../checks/types.ts";
import type { Json } from "../model.ts";
import { type Telling, toldFinding } from "../told-output.ts";
import { ANSWER_CAP, linesWithin, shown, teach } from "./answer.ts";
import { readableText } from "./paths.ts";
import { defineTool, type ToolContext } from "./tool.ts";

/** What output is compared with: the text files of the workspace and of the steps before. */
export const tellingOf = ({
  level,
  veil,
  workspace,
}: Pick<ToolContext, "level" | "veil" | "workspace">): Telling => {
  const texts = new Map<string, string>();
  for (const [path, bytes] of [...workspace.upstream, ...workspace.files()]) {
    const text = readableText(bytes);
    if (text !== null) texts.set(path, text);
  }
  return { level, veil, texts };
};

const RANK = { block: 0, warn: 1, info: 2 } as const;

/** Findings as lines, blocking ones first. */
export const findingLines = (findings: readonly Finding[], telling: Telling): readonly Json[] =>
  [...findings]
    .sort((a, b) => RANK[a.severity] - RANK[b.severity])
    .map((finding) => {
      const { file, line, message, rule, severity } = toldFinding(finding, telling);
      return { rule, severity, file, line, message: message.slice(0, 600) };
    });

/** The contract's checks on the workspace as it is. */
export const checkRun = defineTool({
  name: "check_run",
  description:
    "Run the contract's checks on your files as they are. Answers findings with file and line, and which checks come later because other specialists' files are not there yet. Costs no repair round. checks, files: tell only about these.",
  reads: false,
  strict: false,
  input: z.strictObject({
    checks: z.array(z.string().max(60)).max(40).optional(),
    files: z.array(z.string().max(300)).max(100).optional(),
  }),
  run: async ({ checks, files }, context) => {
    const report = await context.checks.run(context.workspace.files(), context.signal);
    const known = report.results.map(({ check }) => check);
    const unknown = (checks ?? []).filter((id) => !known.includes(id));
    if (unknown.length > 0)
      return teach({
        expected: `checks of: ${known.join(" ")}`,
        got: unknown.join(", "),
        next: "check_run without checks",
      });
    const asked = report.findings
      .filter(({ rule }) => checks === undefined || checks.includes(rule) || !known.includes(rule))
      .filter(({ file }) => files === undefined || file === null || files.includes(file));
    const { json, left } = linesWithin(findingLines(asked, tellingOf(context)), ANSWER_CAP - 2_000);
    const status = report.results
      .filter(({ check }) => checks === undefined || checks.includes(check))
      .map(({ check, later, reason, status }) => {
        const why =
          later ?? (reason === undefined ? "" : context.veil.hide(reason).text.slice(0, 120));
        return `${check} ${status}${why === "" ? "" : ` (${why})`}`;
      });
    const note = [
      report.green
        ? "Green: nothing blocks."
        : "Not green: what blocks must be mended before submit.",
      ...(left > 0 ? [`${left} more findings.`] : []),
    ].join(" ");
    const answer = shown(
      context,
      "checks",
      `{"checks": ${JSON.stringify(status).replaceAll("<", "\\u003c")}, "findings": [\n${json}\n]}`,
      { note },
    );
    return report.green ? { ...answer, passed: true } : answer;
  },
});
