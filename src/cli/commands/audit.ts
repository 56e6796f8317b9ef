import type { z } from "zod";
import { auditSearch } from "../../operations/audit-search.ts";
import { present } from "../../operations/present.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../io.ts";
import type { Session } from "../session.ts";
import { table } from "../table.ts";

export interface AuditOptions {
  readonly text?: string;
  readonly action?: string;
  readonly person?: string;
  readonly limit?: number;
  readonly format?: "table" | "csv" | "jsonl";
}

type Line = z.output<typeof auditSearch.output>["lines"][number];

const COLUMNS = [
  "at",
  "action",
  "subject",
  "person",
  "on_behalf_of",
  "via",
  "model",
  "attested",
  "run_id",
  "policy_version",
  "evidence",
  "log_head",
  "detail",
] as const;

// A leading = + - @ makes a spreadsheet compute what somebody wrote into the log.
const cell = (value: unknown): string => {
  const text = String(value ?? "");
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

const csv = (lines: readonly Line[]): string =>
  [
    COLUMNS.join(","),
    ...lines.map((line) => COLUMNS.map((name) => cell(line[name])).join(",")),
  ].join("\n");

const asTable = (lines: readonly Line[]): string =>
  lines.length === 0
    ? "nothing in the audit log fits"
    : table([
        ["at", "what", "subject", "who", "from", "proved"],
        ...lines.map((line) => [
          line.at,
          line.action,
          line.subject,
          `${line.person ?? "-"}${line.on_behalf_of === undefined ? "" : ` for ${line.on_behalf_of}`}${line.model ? " (a model)" : ""}`,
          line.via,
          line.attested ?? "",
        ]),
      ]);

const PAGE = 200;

/** As many lines as were asked for, page by page, newest first. */
const collect = async (
  session: Session,
  run: string | undefined,
  options: AuditOptions,
): Promise<readonly Line[]> => {
  const wanted = options.limit ?? 50;
  const { action, person, text } = options;
  const lines: Line[] = [];
  let cursor: string | undefined;
  do {
    const found = await session.call(auditSearch, {
      limit: Math.min(PAGE, wanted - lines.length),
      ...present({ run_id: run, action, person, text, cursor }),
    });
    lines.push(...found.lines);
    cursor = found.next_cursor;
  } while (cursor !== undefined && lines.length < wanted);
  return lines;
};

/** Who decided or changed what. */
export const audit = async (
  context: CliContext,
  run: string | undefined,
  options: AuditOptions,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const { io } = context;
    const lines = await collect(session, run, options);
    if (io.json) io.out(JSON.stringify({ lines }, null, 2));
    else if (options.format === "jsonl") for (const line of lines) io.out(JSON.stringify(line));
    else io.out(options.format === "csv" ? csv(lines) : asTable(lines));
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
