import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { isProductError, messageOf, RetryableError } from "../lib/errors.ts";
import { plainAddress } from "./fetch-source.ts";
import { refuse } from "./refuse.ts";
import { quoteId } from "./sql.ts";

/** How far a pull may go. */
export interface PullLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const BATCH = 5_000;
const RETRY_MS = 60_000;
/** Types whose text is written so that it reads back as what it is; all others are written as their own text. */
const TIMESTAMPTZ = 1184;
const TIMESTAMP = 1114;

interface Place {
  readonly url: URL;
  readonly table: readonly string[];
}

/** `postgres://user@host:port/database?table=schema.table`, without a password. */
const parsePlace = (address: string): Place => {
  const url = new URL(address);
  const table = url.searchParams.get("table") ?? "";
  if (url.password !== "" || url.searchParams.has("password")) {
    throw refuse("SOURCE_CREDENTIAL", {
      message: "The address of the database holds a password.",
      expected: "an address without one, because it stands in documents",
      got: plainAddress(address),
      next: "Put the password into an environment variable and name it as credential.",
    });
  }
  if (table === "") {
    throw refuse("SOURCE_TABLE_MISSING", {
      message: "The address of the database does not say which table to read.",
      expected: "…/database?table=schema.table",
      got: plainAddress(address),
      next: "Add ?table=<table or view> to the address.",
    });
  }
  return { url, table: table.split(".") };
};

const REFUSED = new Set(["28P01", "28000", "42501"]);
const MISSING = new Set(["42P01", "3D000", "3F000"]);

const translate = (error: unknown, address: string, timeoutMs: number): unknown => {
  if (isProductError(error)) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const got = `${plainAddress(address)}: ${code === "" ? "no answer" : code}`;
  if (REFUSED.has(code)) {
    return refuse("SOURCE_REFUSED", {
      message: "The database refuses to be read.",
      expected: "a user that may read the table, and its password",
      got,
      next: "Check user and credential variable of this source.",
    });
  }
  if (MISSING.has(code)) {
    return refuse("DATA_NOT_FOUND", {
      message: "The database or the table of the source is not there.",
      expected: "a table or view",
      got,
      next: "Check the address.",
    });
  }
  const why = code === "57014" ? `it took longer than ${timeoutMs} ms` : messageOf(error);
  return new RetryableError("SOURCE_DOWN", `The database cannot be read: ${why}.`, {
    retryAfterMs: RETRY_MS,
    expected: "an answer",
    got,
    next: "Try again later, or give the data as a file.",
    cause: error,
  });
};

const selected = (fields: readonly pg.FieldDef[]): string =>
  fields
    .map(({ dataTypeID, name }) => {
      const id = quoteId(name);
      const iso = (value: string, end: string) =>
        `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.US"${end}"')`;
      if (dataTypeID === TIMESTAMPTZ) return `${iso(`${id} AT TIME ZONE 'UTC'`, "Z")} AS ${id}`;
      return dataTypeID === TIMESTAMP ? `${iso(id, "")} AS ${id}` : `${id}::text AS ${id}`;
    })
    .join(", ");

const csvCell = (value: string | null): string =>
  value === null ? "" : `"${value.replaceAll('"', '""')}"`;

const tooLarge = (address: string, { maxBytes }: PullLimits) =>
  refuse("DATA_TOO_LARGE", {
    message: "The table is larger than the limit.",
    expected: `at most ${maxBytes} bytes`,
    got: plainAddress(address),
    next: "Raise data.max_bytes in mlpipeline.yml, or name a view that holds less.",
  });

const copyOut = async (
  client: pg.Client,
  { table }: Place,
  address: string,
  file: string,
  limits: PullLimits,
) => {
  const from = table.map(quoteId).join(".");
  const { fields } = await client.query({
    text: `SELECT * FROM ${from} LIMIT 0`,
    rowMode: "array",
  });
  await client.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT ${selected(fields)} FROM ${from}`);
  const out = createWriteStream(file);
  let bytes = 0;
  const write = async (line: string) => {
    bytes += Buffer.byteLength(line);
    if (bytes > limits.maxBytes) throw tooLarge(address, limits);
    if (!out.write(line)) await once(out, "drain");
  };
  try {
    await write(`${fields.map(({ name }) => csvCell(name)).join(",")}\n`);
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({
        text: `FETCH ${BATCH} FROM rows`,
        rowMode: "array",
      });
      if (rows.length === 0) break;
      await write(rows.map((row) => `${row.map(csvCell).join(",")}\n`).join(""));
    }
  } finally {
    out.end();
    await once(out, "close");
  }
};

/**
 * Reads one table or view of a Postgres database into a CSV file in `folder`, in one read-only transaction, and gives its path. Instants are
 * written as UTC. An empty text and no value are both empty cells. `password` comes from the environment. UserInputError
 * SOURCE_CREDENTIAL, SOURCE_TABLE_MISSING, SOURCE_REFUSED, DATA_NOT_FOUND, DATA_TOO_LARGE; RetryableError SOURCE_DOWN.
 */
export const readPostgres = async (
  address: string,
  folder: string,
  limits: PullLimits,
  password: string | null,
): Promise<string> => {
  const place = parsePlace(address);
  const { url } = place;
  const client = new pg.Client({
    host: url.hostname,
    port: url.port === "" ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(url.username === "" ? {} : { user: decodeURIComponent(url.username) }),
    ...(password === null ? {} : { password }),
    ...(url.searchParams.get("sslmode") === "require" ? { ssl: true } : {}),
    connectionTimeoutMillis: Math.min(limits.timeoutMs, 15_000),
    statement_timeout: limits.timeoutMs,
    application_name: "mlpipeline",
  });
  // A connection that breaks between two queries is reported by the next one.
  client.on("error", () => {});
  const file = join(
    folder,
    `${place.table.at(-1)?.replace(/[^A-Za-z0-9_-]/g, "_") ?? "table"}.csv`,
  );
  try {
    await client.connect();
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await copyOut(client, place, address, file, limits);
    return file;
  } catch (error) {
    throw translate(error, address, limits.timeoutMs);
  } finally {
    await client.end().catch(() => {});
  }
};
