import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { createNewId } from "../../src/lib/id.ts";
import { homeAt } from "../../src/runtime/home.ts";
import { createMeasuring } from "../../src/runtime/measuring.ts";
import { WorkspaceConfig } from "../../src/spec/config.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-bad-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;

type Content = string | Uint8Array;
const lines = (count: number, line: (n: number) => string): string =>
  `${Array.from({ length: count }, (_, n) => line(n)).join("\n")}\n`;
/** An outcome without relation to anything, four of thirteen positive. */
const y = (n: number): string => ((n * 7919) % 13 < 4 ? "yes" : "no");
const table = (cell: (n: number) => string, name = "b"): string =>
  `a,${name},y\n${lines(300, (n) => `${n % 17},${cell(n)},${y(n)}`)}`;

/** What the way in makes of a file: facts, or the error, and in both cases what lies in the home afterwards. */
const give = async (content: Content, target = "y", ending = "csv") => {
  const dir = join(folder, `p${places++}`);
  const home = homeAt(join(dir, "home"));
  const path = join(folder, `data-${places}.${ending}`);
  writeFileSync(path, content);
  const measuring = createMeasuring({
    config: WorkspaceConfig.parse({ data: { roots: [folder] } }),
    home,
    newId: createNewId(systemClock.nowMs),
  });
  const request = { goal: "predict which cases end well", dataset: path, target, options: {} };
  try {
    const measured = await measuring.measure(measuring.intake(request));
    return { measured, error: null, left: existsSync(home.dir) ? readdirSync(home.dir) : [] };
  } catch (error) {
    return { measured: null, error, left: existsSync(home.dir) ? readdirSync(home.dir) : [] };
  }
};

describe("what cannot be used gives one clear error and leaves nothing behind", () => {
  const big = `a,b,y\n1,${"x".repeat(100_000_000)},yes\n`;
  const cases: readonly (readonly [string, string, Content, string?, string?])[] = [
    ["ragged rows", "DATA_RAGGED", table((n) => (n === 150 ? "1,2" : "1"))],
    ["a cell of 100 MB", "DATA_CELL_TOO_LARGE", big],
    [
      "a JSON value of 100 MB",
      "DATA_CELL_TOO_LARGE",
      `{"a":"${"x".repeat(1e8)}","y":1}\n`,
      "y",
      "jsonl",
    ],
    ["zero bytes in cells", "DATA_BINARY", table(() => "x\u0000z")],
    ["a web page", "DATA_BINARY", "<!DOCTYPE html>\n<html><body>Sign in, please</body></html>\n"],
    ["one column", "DATA_ONE_COLUMN", `y\n${lines(300, y)}`],
    ["an absent target", "TARGET_UNKNOWN", table(() => "1"), "outcome"],
    ["a constant target", "TARGET_CONSTANT", `a,y\n${lines(300, (n) => `${n},yes`)}`],
    ["a target without values", "TARGET_EMPTY", `a,y\n${lines(300, (n) => `${n},`)}`],
    ["fewer rows than folds", "TOO_FEW_ROWS", `a,y\n${lines(4, (n) => `${n},${n % 2}`)}`],
    ["all rows identical", "TARGET_CONSTANT", `a,b,y\n${lines(300, () => "1,2,yes")}`],
    [
      "rows identical but for the target",
      "NO_FEATURES",
      `a,b,y\n${lines(300, (n) => `1,2,${y(n)}`)}`,
    ],
    [
      "only an index beside the target",
      "NO_FEATURES",
      `id,y\n${lines(300, (n) => `${n},${y(n)}`)}`,
    ],
    [
      "only personal columns",
      "NO_FEATURES",
      `email,y\n${lines(300, (n) => `p${n}@x.org,${y(n)}`)}`,
    ],
    [
      "a date as the target",
      "TARGET_KIND",
      `a,y\n${lines(300, (n) => `${n},2024-01-${10 + (n % 9)}`)}`,
    ],
    ["no header", "TARGET_UNKNOWN", lines(300, (n) => `${n % 17},${n % 5},${y(n)}`)],
    ["an unclosed quote", "DATA_TRUNCATED", `a,b,y\n1,"2,yes\n${lines(50, (n) => `${n},2,no`)}`],
    ["a header alone", "DATA_EMPTY", "a,b,y\n"],
  ];
  test.each(cases.map(([title, code, ...given]) => ({ title, code, given })))(
    "$title: $code",
    async ({ code, given }) => {
      const { error, left } = await give(...given);
      expect(error).toMatchObject({
        code,
        kind: "input",
        expected: expect.stringMatching(/\S/),
        got: expect.stringMatching(/\S/),
        next: expect.stringMatching(/\S/),
      });
      expect(left).toEqual([]);
    },
    60_000,
  );
});

describe("what can be used is used, with what was assumed", () => {
  const bom = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");
  const plain = table((n) => `wörd${n % 3}`);
  const days = (n: number): string => {
    const [day, month] = [
      String(1 + (n % 28)).padStart(2, "0"),
      String(1 + (n % 12)).padStart(2, "0"),
    ];
    return [`2024-${month}-${day}`, `${day}.${month}.2024`, `${month}/${day}/2024`][n % 3] ?? "";
  };
  const cases: readonly (readonly [string, Content, RegExp])[] = [
    ["UTF-16, little end first", bom(plain), /encoding: utf-16le/],
    ["UTF-16, big end first", bom(plain).swap16(), /encoding: utf-16be/],
    ["latin-1", Buffer.from(plain, "latin1"), /encoding: latin-1/],
    [
      "Windows characters",
      Buffer.concat([
        Buffer.from(plain, "latin1"),
        Buffer.from([0x31, 0x2c, 0x80, 0x2c, 0x6e, 0x6f, 0x0a]),
      ]),
      /encoding: windows-1252/,
    ],
    [
      "numbers as text",
      table((n) => `"$${1 + (n % 9)},${100 + (n % 800)}.50"`),
      /column b: numbers .*\$ left out/,
    ],
    [
      "mixed decimal commas",
      table((n) => (n % 2 ? `"${n},5"` : `${n}.25`)),
      /column b: numbers with a point or a comma/,
    ],
    ["three date formats", table(days), /column b: dates written %Y-%m-%d, %d\.%m\.%Y, %m\/%d\/%Y/],
    [
      "timestamps with and without zone",
      table((n) => `2024-01-${10 + (n % 9)}T10:00:00${n % 2 ? "Z" : ""}`),
      /column b: instants without a zone are UTC/,
    ],
    [
      "words for missing among numbers",
      table((n) => (n % 20 ? `${n}.5` : "N/A")),
      /column b: numbers/,
    ],
    ["a name that occurs twice", table((n) => String(n % 5), "a"), /column a: a later column/],
    [
      "a target leaking through an index",
      `id,a,y\n${lines(300, (n) => `${n},${n % 7},${n < 90 ? "yes" : "no"}`)}`,
      /column id: left out .*identifier/,
    ],
    [
      "no header but values that look like one",
      `1,2,y\n${lines(300, (n) => `${n % 17},${n % 5},${y(n)}`)}`,
      /header: the first line holds/,
    ],
  ];
  test.each(cases)("%s", async (_, content, said) => {
    const { error, left, measured } = await give(content);
    expect(error).toBeNull();
    const words = measured?.facts.assumptions.map((a) => `${a.subject}: ${a.assumed} ${a.why}`);
    expect(words?.join("\n")).toMatch(said);
    expect(left).toEqual(["snapshots"]);
  });

  test("a label spelt None is a label", async () => {
    const { measured } = await give(table(() => "1").replaceAll("no\n", "None\n"));
    expect(measured?.facts.target).toMatchObject({ nulls: 0 });
    expect(measured?.facts.target.classes.map(({ label }) => label).sort()).toEqual([
      "None",
      "yes",
    ]);
  });

  test("cells that mean something elsewhere are values like others", async () => {
    const cells = [
      "\u202Eabc",
      "x\u0007y",
      "שלום",
      "=1+1",
      "<%= 1 %>",
      "{{x}}",
      "@SUM(A1)",
      "a/../b",
    ];
    const { measured } = await give(table((n) => cells[n % 8] ?? ""));
    const column = measured?.facts.profile.columns.find(({ name }) => name === "b");
    expect(column?.top?.map(({ value }) => value).sort()).toEqual([...cells].sort());
  });

  test("names that mean something elsewhere are names like others", async () => {
    const names = [
      'q"uote',
      "new\nline",
      "<%= it %>",
      "'; DROP TABLE data; --",
      "$(rm -rf /)",
      "../../etc/passwd",
      "{{x}}",
    ];
    const header = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(",");
    const content = `${header},y\n${lines(300, (n) => `${names.map((_, at) => (n * 31 + at) % (5 + at)).join(",")},${y(n)}`)}`;
    const { measured } = await give(content);
    expect(measured?.facts.features).toHaveLength(names.length);
    for (const { field } of measured?.facts.profile.columns ?? [])
      expect(field).toMatch(/^[a-z][a-z0-9_]*$/);
  });
});
