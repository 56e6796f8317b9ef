import { createReadStream } from "node:fs";

/** How a CSV record is broken, with the line it starts at (1-based). */
export interface CsvFault {
  readonly kind: "ragged" | "truncated";
  readonly line: number;
  readonly expected: number;
  readonly got: number;
}

export interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
  /** Whether the last quote was closed, and nothing stood between it and the delimiter. */
  readonly closed: boolean;
  readonly clean: boolean;
}

/**
 * Splits text into records as RFC 4180 does: a quote counts only at the start of a cell and is doubled inside; lines end with CR,
 * LF or both, also mixed; lines without a character are skipped. `push` returns what is complete, `end` the rest.
 */
export const createCsvReader = (delimiter: string) => {
  let cells: string[] = [];
  let cell = "";
  let state: "start" | "plain" | "quoted" | "quote" = "start";
  let line = 1;
  let startLine = 1;
  let clean = true;
  let afterCr = false;
  let seen = false;
  const flush = (records: CsvRecord[], closed: boolean) => {
    if (seen) records.push({ cells: [...cells, cell], line: startLine, closed, clean });
    cells = [];
    cell = "";
    state = "start";
    clean = true;
    seen = false;
    startLine = line;
  };
  const quoted = (char: string) => {
    if (state === "quote" && char === '"') {
      cell += '"';
      state = "quoted";
    } else if (char === '"') state = "quote";
    else cell += char;
  };
  const plain = (char: string, records: CsvRecord[]) => {
    if (char === "\n" || char === "\r") {
      flush(records, true);
      return;
    }
    seen = true;
    if (char === delimiter) {
      cells.push(cell);
      cell = "";
      state = "start";
    } else if (char === '"' && state === "start") state = "quoted";
    else {
      if (state === "quote") clean = false;
      cell += char;
      state = "plain";
    }
  };
  const feed = (char: string, records: CsvRecord[]) => {
    const secondHalf = char === "\n" && afterCr;
    afterCr = char === "\r";
    if (char === "\r" || (char === "\n" && !secondHalf)) line++;
    if (state === "quoted" || (state === "quote" && char === '"')) quoted(char);
    else if (secondHalf) startLine = line;
    else plain(char, records);
  };
  return {
    push: (text: string): readonly CsvRecord[] => {
      const records: CsvRecord[] = [];
      for (const char of text) feed(char, records);
      return records;
    },
    end: (): readonly CsvRecord[] => {
      const records: CsvRecord[] = [];
      flush(records, state !== "quoted");
      return records;
    },
  };
};

const DELIMITERS = [",", ";", "\t", "|"] as const;
const SNIFFED_RECORDS = 200;

/** The delimiter under which most of the first records have the same number of cells, more cells winning; "," when none splits. */
export const sniffDelimiter = (head: string, whole: boolean): string => {
  const scores = DELIMITERS.map((delimiter) => {
    const reader = createCsvReader(delimiter);
    const pushed = reader.push(head);
    const records = (whole ? [...pushed, ...reader.end()] : pushed).slice(0, SNIFFED_RECORDS);
    const width = records[0]?.cells.length ?? 1;
    const same = records.filter((record) => record.cells.length === width).length;
    return { delimiter, width, share: records.length === 0 ? 0 : same / records.length };
  });
  const best = scores
    .filter(({ width }) => width > 1)
    .sort((a, b) => b.share - a.share || b.width - a.width)[0];
  return best?.delimiter ?? ",";
};

/** The first record of a UTF-8 file: the column names, without a byte order mark. Null for a file without one. */
export const readHeader = async (
  path: string,
  delimiter: string,
): Promise<readonly string[] | null> => {
  const reader = createCsvReader(delimiter);
  for await (const piece of createReadStream(path, { encoding: "utf8" })) {
    const record = reader.push((piece as string).replace(/^\uFEFF/, ""))[0];
    if (record) return record.cells;
  }
  return reader.end()[0]?.cells ?? null;
};

/** All records of a UTF-8 file, streaming. */
export async function* readRecords(path: string, delimiter: string): AsyncGenerator<CsvRecord> {
  const reader = createCsvReader(delimiter);
  for await (const piece of createReadStream(path, { encoding: "utf8" })) {
    yield* reader.push((piece as string).replace(/^\uFEFF/, ""));
  }
  yield* reader.end();
}

/** The first broken record of a file, or null. A last record that is short or has an open quote means that the file was cut. */
export const findCsvFault = async (path: string, delimiter: string): Promise<CsvFault | null> => {
  let width: number | null = null;
  let fault: CsvFault | null = null;
  for await (const record of readRecords(path, delimiter)) {
    if (fault) return fault;
    const got = record.cells.length;
    width ??= got;
    if (got === width && record.closed && record.clean) continue;
    fault = { kind: "ragged", line: record.line, expected: width, got };
    if (!record.closed) return { ...fault, kind: "truncated" };
  }
  return fault && fault.got < fault.expected ? { ...fault, kind: "truncated" } : fault;
};
