import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { dateFormatsOf } from "../../src/data/date-formats.ts";
import { openDataset } from "../../src/data/open.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-written-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Type, values as text, and the assumption of a column whose cells are these. */
const read = async (cells: readonly string[], delimiter = ",") => {
  const path = join(folder, `w${files++}.csv`);
  const quoted = cells.map((cell) => `"${cell.replaceAll('"', '""')}"${delimiter}k`);
  writeFileSync(path, `x${delimiter}y\n${quoted.join("\n")}\n`);
  const dataset = await openDataset({ path });
  try {
    const rows = await dataset.rows("SELECT CAST(x AS VARCHAR) FROM data ORDER BY rowid");
    return {
      type: dataset.columns[0]?.type,
      written: dataset.columns[0]?.written,
      values: rows.map(([value]) => value),
      said: dataset.assumptions.map(({ subject, assumed }) => `${subject}: ${assumed}`),
    };
  } finally {
    dataset.close();
  }
};

describe("numbers that are written as text are numbers, and that is said", () => {
  test.each([
    ["grouped thousands", ["1,234", "12", "1,234,567.5"], ["1234.0", "12.0", "1234567.5"], "point"],
    ["a decimal comma", ["1.234,5", "0,25", "-7"], ["1234.5", "0.25", "-7.0"], "comma"],
    ["mixed decimal marks", ["12,5", "12.75", "3"], ["12.5", "12.75", "3.0"], "point or a comma"],
    ["a currency", ["$1,234.50", "-$2", "$ 3"], ["1234.5", "-2.0", "3.0"], "$ left out"],
    ["per cent", ["12%", "3.5 %", "0%"], ["12.0", "3.5", "0.0"], "% left out"],
    ["blanks around", [" 1", "2 ", "3.5\u00a0"], ["1.0", "2.0", "3.5"], "point"],
    ["apostrophes", ["1'234.5", "12'345", "1"], ["1234.5", "12345.0", "1.0"], "point"],
  ])("%s", async (_, cells, values, words) => {
    const column = await read(cells);
    expect(column).toMatchObject({ type: "number", values });
    expect(column.said.join()).toContain(words);
  });

  test("a file with semicolons takes a lone comma for the decimal mark, others for thousands", async () => {
    expect((await read(["1,234", "2,345"], ";")).values).toEqual(["1.234", "2.345"]);
    expect((await read(["1,234", "2,345"], ",")).values).toEqual(["1234.0", "2345.0"]);
  });

  test.each([
    ["two currencies", ["$1.50", "€2.50"]],
    ["per cent in some values only", ["12%", "13.5"]],
    ["leading zeros", ["0,123", "007,5"]],
    ["marks that contradict each other", ["1,234.5", "1.234,5"]],
    ["words that are no words for missing", ["1,5", "Peter"]],
    ["versions", ["1.2.3", "1.2.4"]],
  ])("%s stay text", async (_, cells) => expect((await read(cells)).type).toBe("string"));
});

describe("dates in other formats than ISO are dates, and that is said", () => {
  test("three formats in one column", async () => {
    const column = await read(["2024-02-01", "13.02.2024", "02/14/2024"]);
    expect(column).toMatchObject({
      type: "date",
      values: ["2024-02-01", "2024-02-13", "2024-02-14"],
      written: { dates: ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"] },
    });
    expect(column.said.join()).toContain("%d.%m.%Y");
  });

  test.each([
    [
      ["1/13/2024 7:05", "2/1/2024 19:30"],
      ["2024-01-13 07:05:00", "2024-02-01 19:30:00"],
    ],
    [
      ["13/01/2024 7:05 PM", "01/02/2024 1:00 AM"],
      ["2024-01-13 19:05:00", "2024-02-01 01:00:00"],
    ],
    [
      ["Mar 5 2024", "Dec 24 2023"],
      ["2024-03-05", "2023-12-24"],
    ],
    [
      ["5-Mar-2024", "24-Dec-2023"],
      ["2024-03-05", "2023-12-24"],
    ],
    [
      ["2024/03/05", "2023/12/24"],
      ["2024-03-05", "2023-12-24"],
    ],
    [
      ["13/1/24", "1/2/24"],
      ["2024-01-13", "2024-02-01"],
    ],
  ])("%j", async (cells, values) => expect((await read(cells)).values).toEqual(values));

  test("where no value tells day and month apart the order is a guess, and that is said", async () => {
    const path = join(folder, `w${files++}.csv`);
    writeFileSync(path, "x,y\n01/02/2024,1\n03/04/2024,2\n");
    const dataset = await openDataset({ path });
    expect(dataset.assumptions[0]?.why).toContain("guess");
    dataset.close();
  });

  test("day and month that change places stay text", async () => {
    expect((await read(["13/01/2024", "01/13/2024"])).type).toBe("string");
    expect((await read(["31.02.2024", "01.02.2024"])).type).toBe("string");
  });

  test("any day written in any order that tells is read as that day", () => {
    const day = fc.record({
      d: fc.integer({ min: 13, max: 28 }),
      m: fc.integer({ min: 1, max: 12 }),
      separator: fc.constantFrom("/", "-", "."),
      first: fc.boolean(),
    });
    fc.assert(
      fc.property(day, fc.boolean(), ({ d, m, separator, first }, guess) => {
        const parts = first ? [d, m] : [m, d];
        const found = dateFormatsOf([`${parts.join(separator)}${separator}2024`], guess);
        expect(found).toEqual({
          formats: [first ? `%d${separator}%m${separator}%Y` : `%m${separator}%d${separator}%Y`],
          guessed: false,
        });
      }),
    );
  });
});

test("a label that reads like a word for missing stays a label", async () => {
  expect(await read(["None", "Minor", "None"])).toMatchObject({
    type: "string",
    values: ["None", "Minor", "None"],
  });
});

test("instants with and without a zone are all UTC, and that is said", async () => {
  const column = await read(["2024-01-01T10:00:00+02:00", "2024-01-01 10:00:00"]);
  expect(column.values).toEqual(["2024-01-01 08:00:00", "2024-01-01 10:00:00"]);
  expect(column.said).toEqual(["column x: instants without a zone are UTC"]);
});
