import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { type OpenOptions, openDataset } from "../../src/data/open.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-open-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const file = (ending: string, content: string | Uint8Array): string => {
  const path = join(folder, `f${files++}.${ending}`);
  writeFileSync(path, content);
  return path;
};
const use = async <T>(
  options: OpenOptions,
  work: (dataset: Dataset) => Promise<T> | T,
): Promise<T> => {
  const dataset = await openDataset(options);
  try {
    return await work(dataset);
  } finally {
    dataset.close();
  }
};
const all = ({ rows }: Dataset) => rows("SELECT * FROM data ORDER BY rowid");
const types = ({ columns }: Dataset) => columns.map(({ type }) => type);
const parquet = async (): Promise<string> => {
  const path = join(folder, `f${files++}.parquet`);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT range AS n, 'x' || range AS s FROM range(5000)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  return path;
};

describe("a file that cannot be used is refused with its own code", () => {
  const zip = Buffer.from("504b030414000600", "hex");
  const cases: readonly (readonly [
    string,
    string,
    string,
    string | Uint8Array,
    Partial<OpenOptions>,
  ])[] = [
    ["an empty file", "DATA_EMPTY", "csv", "", {}],
    ["blank lines", "DATA_EMPTY", "csv", "\n\n\n", {}],
    ["a header alone", "DATA_EMPTY", "csv", "a,b\n", {}],
    ["an empty JSON array", "DATA_EMPTY", "json", "[]", {}],
    ["a workbook", "DATA_BINARY", "csv", zip, {}],
    ["random bytes", "DATA_BINARY", "csv", Buffer.from([1, 0, 0, 0, 250, 0, 3, 0, 0]), {}],
    ["text named Parquet", "DATA_BINARY", "parquet", "a,b\n1,2\n", {}],
    ["a short last record", "DATA_TRUNCATED", "csv", "a,b,c\n1,2,3\n4,5", {}],
    ["an open quote", "DATA_TRUNCATED", "csv", 'a,b\n1,"2\n3,4\n', {}],
    ["JSON that was cut", "DATA_TRUNCATED", "json", '[{"a":1,"b":2},{"a":1,', {}],
    ["JSON lines that were cut", "DATA_TRUNCATED", "jsonl", '{"a":1,"b":2}\n{"a":1,"b":', {}],
    ["a record with too many cells", "DATA_RAGGED", "csv", "a,b\n1,2\n1,2,3\n4,5\n", {}],
    ["a record with too few cells", "DATA_RAGGED", "csv", "a,b\n1\n4,5\n", {}],
    ["one column", "DATA_ONE_COLUMN", "csv", "a\n1\n2\n", {}],
    ["too many columns", "COLUMN_LIMIT", "csv", "a,b,c\n1,2,3\n", { maxColumns: 2 }],
    ["too many bytes", "DATA_TOO_LARGE", "csv", "a,b\n1,2\n", { maxBytes: 4 }],
  ];
  test.each(cases)("%s: %s", async (_, code, ending, content, options) => {
    await expect(openDataset({ path: file(ending, content), ...options })).rejects.toMatchObject({
      code,
      kind: "input",
      expected: expect.stringMatching(/\S/),
      got: expect.stringMatching(/\S/),
      next: expect.stringMatching(/\S/),
    });
  });

  test("a missing file, a folder and an address are told apart from an empty file", async () => {
    await expect(openDataset({ path: join(folder, "absent.csv") })).rejects.toMatchObject({
      code: "DATA_NOT_FOUND",
    });
    await expect(openDataset({ path: folder })).rejects.toMatchObject({ code: "DATA_NOT_FOUND" });
    await expect(openDataset({ path: "s3://bucket/a.csv" })).rejects.toMatchObject({
      code: "DATA_SOURCE_UNSUPPORTED",
    });
  });

  test("a Parquet file without its end is truncated", async () => {
    const path = await parquet();
    truncateSync(path, 4000);
    await expect(openDataset({ path })).rejects.toMatchObject({ code: "DATA_TRUNCATED" });
  });

  test("a broken record is named by its line", async () => {
    const path = file("csv", 'a,b\n"x\ny",1\n1,2,3\n4,5\n');
    await expect(openDataset({ path })).rejects.toThrow("line 4");
  });
});

describe("formats", () => {
  const rows = [
    ["1", "x"],
    ["2", "y"],
  ];
  test.each([
    ["csv", "n,s\n1,x\n2,y\n", "csv", ","],
    ["csv", "n;s\r\n1;x\r\n2;y\r\n", "csv", ";"],
    ["csv", "n|s\n1|x\n2|y\n", "csv", "|"],
    ["csv", "n\ts\n1\tx\n2\ty\n", "tsv", "\t"],
    ["tsv", "n\ts\n1\tx\n2\ty\n", "tsv", "\t"],
    ["csv", "n,s\n1,x\r\n2,y\n", "csv", ","],
    ["csv", "n,s\r1,x\r2,y\r", "csv", ","],
    ["json", '[{"n":1,"s":"x"},{"n":2,"s":"y"}]', "json", null],
    ["jsonl", '{"n":1,"s":"x"}\n{"n":2,"s":"y"}\n', "jsonl", null],
    ["txt", '{"n":1,"s":"x"}\n{"n":2,"s":"y"}\n', "jsonl", null],
  ])("%s content %j is read as %s", async (ending, content, format, delimiter) => {
    await use({ path: file(ending, content) }, async (dataset) => {
      expect(dataset).toMatchObject({ format, delimiter, rowCount: 2 });
      expect(await all(dataset)).toEqual(rows);
      expect(types(dataset)).toEqual(["integer", "string"]);
    });
  });

  test("Parquet is known by its content, whatever the name", async () => {
    await use({ path: await parquet() }, (dataset) => {
      expect(dataset).toMatchObject({ format: "parquet", encoding: "binary", rowCount: 5000 });
    });
  });
});

describe("encodings", () => {
  const text = "größe,name\n1,Zoë\n2,Łukasz\n";
  const swap = (bytes: Buffer) => Buffer.from(bytes).swap16();
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  test.each([
    ["utf-8", Buffer.from(text)],
    ["utf-8-bom", Buffer.concat([mark, Buffer.from(text)])],
    ["utf-16le", Buffer.from(`\uFEFF${text}`, "utf16le")],
    ["utf-16be", swap(Buffer.from(`\uFEFF${text}`, "utf16le"))],
    ["utf-16le", Buffer.from(text, "utf16le")],
  ])("%s is read without loss", async (encoding, bytes) => {
    await use({ path: file("csv", bytes) }, async (dataset) => {
      expect(dataset.encoding).toBe(encoding);
      expect(dataset.columns.map(({ name }) => name)).toEqual(["größe", "name"]);
      expect(await all(dataset)).toEqual([
        ["1", "Zoë"],
        ["2", "Łukasz"],
      ]);
    });
  });

  test("bytes that are no UTF-8 are read as latin-1, and that is said", async () => {
    await use({ path: file("csv", Buffer.from("a,b\n1,é\n", "latin1")) }, async (dataset) => {
      expect(await all(dataset)).toEqual([["1", "é"]]);
      expect(dataset.assumptions).toContainEqual(
        expect.objectContaining({ subject: "encoding", assumed: "latin-1" }),
      );
    });
  });

  test("a byte order mark does not hide JSON", async () => {
    const bytes = Buffer.concat([mark, Buffer.from('[{"a":1,"b":2}]')]);
    await use({ path: file("json", bytes) }, (dataset) => expect(dataset.rowCount).toBe(1));
  });
});

describe("values", () => {
  const typed = (cells: readonly string[]) =>
    use(
      { path: file("csv", `x,y\n${cells.map((cell) => `${cell},k`).join("\n")}\n`) },
      (dataset) => types(dataset)[0],
    );
  test.each([
    ["integer", ["1", "-20", "0", ""]],
    ["number", ["1", "2.5", "-1e-3", ""]],
    ["boolean", ["true", "False", ""]],
    ["date", ["2020-02-29", "1999-12-31", ""]],
    ["timestamp", ["2020-02-29 10:00:00", "2020-02-29T10:00:00Z", ""]],
    ["string", ["2020-02-30", "2020-01-01"]],
    ["string", ["007", "12"]],
    ["string", ["123456789012345678901", "1"]],
    ["string", ["1_000", "2"]],
    ["string", ["nan", "1.5"]],
    ["string", ["1", "2", "None"]],
    ["string", ["", ""]],
  ])("a column is %s for %j", async (type, cells) => expect(await typed(cells)).toBe(type));

  test("the type is decided on the last row as on the first", async () => {
    const many = Array.from({ length: 5_000 }, (_, place) => String(place));
    expect(await typed(many)).toBe("integer");
    expect(await typed([...many, "1.5"])).toBe("number");
    expect(await typed([...many, "x"])).toBe("string");
    expect(await typed([...Array.from({ length: 3_000 }, () => ""), "7"])).toBe("integer");
  });

  test("only the null tokens are missing: the label None stays a label", async () => {
    const path = file("csv", 'x,y\nNone,1\nNA,2\n"",3\nnull,4\n');
    await use({ path }, async ({ rows }) =>
      expect(await rows("SELECT count(x) FROM data")).toEqual([["3"]]),
    );
    await use({ path, nullTokens: ["NA", "null"] }, async ({ rows }) =>
      expect(await rows("SELECT x FROM data WHERE x IS NOT NULL")).toEqual([["None"], [""]]),
    );
  });

  const fifty = Array.from({ length: 50 }, (_, n) => `${n},1`).join("\n");
  test("a number column that a few values turn into text is pointed out, without the values", async () => {
    const path = file("csv", `x,y\n${fifty}\nPeter,1\n`);
    await use({ path }, (dataset) => {
      expect(types(dataset)[0]).toBe("string");
      expect(dataset.assumptions).toContainEqual(
        expect.objectContaining({
          subject: "column x",
          why: "1 of 51 values are no numbers, the first in row 51",
        }),
      );
    });
  });

  test("among numbers a word for no value is missing, and that is said", async () => {
    await use({ path: file("csv", `x,y\n${fifty}\nNA,1\n`) }, (dataset) => {
      expect(types(dataset)[0]).toBe("number");
      expect(dataset.assumptions).toContainEqual(
        expect.objectContaining({
          subject: "column x",
          why: 'every value fits; "NA" 1× taken as no value',
        }),
      );
    });
  });
});

describe("hostile names", () => {
  const names = [
    "a",
    "a",
    'q"uote',
    "new\nline",
    "{{ x }}",
    "<% y %>",
    "'; DROP TABLE data; --",
    "$(rm -rf /)",
    "../up",
    "",
    " blank ",
    "名前",
    "class",
    "id",
  ];
  const header = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(",");
  const path = file("csv", `${header}\n${names.map((_, place) => place).join(",")}\n`);

  test("are kept as they are and never reach SQL", async () => {
    await use({ path }, async (dataset) => {
      expect(dataset.columns.map(({ name }) => name)).toEqual(names);
      expect(await all(dataset)).toEqual([names.map((_, place) => String(place))]);
    });
  });

  test("a name that occurs twice is told apart, and that is said", async () => {
    await use({ path }, ({ columns, assumptions }) => {
      expect(columns.slice(0, 2).map(({ field }) => field)).toEqual(["a", "a_2"]);
      expect(assumptions).toContainEqual(expect.objectContaining({ subject: "column a" }));
    });
  });
});

test("an opened dataset reaches no file and no setting", async () => {
  await use({ path: file("csv", "a,b\n1,2\n") }, async ({ rows }) => {
    await expect(rows("SELECT * FROM read_text('/etc/hostname')")).rejects.toThrow("disabled");
    await expect(rows("SET enable_external_access = true")).rejects.toThrow("locked");
  });
});
