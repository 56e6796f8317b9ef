import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchSource } from "../../src/data/fetch-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { sha256 } from "../../src/lib/hash.ts";
import { createNewId } from "../../src/lib/id.ts";
import { homeAt } from "../../src/runtime/home.ts";
import { createMeasuring } from "../../src/runtime/measuring.ts";
import { applyEdits, understandComment } from "../../src/spec/comment-grammar.ts";
import { WorkspaceConfig } from "../../src/spec/config.ts";
import { formatSourceArgument, parseSourceArgument } from "../../src/spec/source-argument.ts";
import { findPostgres, type Postgres, startPostgres } from "../support/postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-sources-"));
const day = (n: number): string =>
  new Date(Date.UTC(2024, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
const lines = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join("\n");
const TRIPS = `id,shop,on_day,late\n${lines(400, (n) => `${n},s${n % 8},${day(Math.floor(n / 2))},${(n * 7919) % 13 < 4 ? "yes" : "no"}`)}\n`;
const WEATHER = `seen_on,rain\n${lines(100, (n) => `${day(n * 2 + 1)},${(n * 31) % 17}.5`)}\n`;
const SHOPS = `shop,size\n${lines(7, (n) => `s${n},${n * 10 + 3}`)}\n`;
const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const trips = put("trips.csv", TRIPS);
put("weather.csv", WEATHER);
put("shops.csv", SHOPS);

let server: Server;
let origin = "";
beforeAll(async () => {
  const send =
    (status: number, headers: Readonly<Record<string, string>> = {}, text = "") =>
    (response: ServerResponse): unknown =>
      response.writeHead(status, headers).end(text);
  const half = (response: ServerResponse): unknown => {
    response.writeHead(200, { "content-length": "5000" });
    response.write(WEATHER.slice(0, 100));
    return setTimeout(() => response.destroy(), 20);
  };
  const answers: Readonly<Record<string, (response: ServerResponse, token?: string) => unknown>> = {
    "/open/weather.csv": send(200, {}, WEATHER),
    "/open/moved": send(302, { location: "/open/weather.csv" }),
    "/open/away": send(302, { location: "/secret/weather.csv" }),
    "/open/loop": send(302, { location: "/open/loop" }),
    "/open/closed": (response, token) =>
      send(token === "Bearer t0ken" ? 200 : 401, {}, WEATHER)(response),
    "/open/broken": send(503),
    "/open/half": half,
  };
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://x");
    (answers[pathname] ?? send(404))(response, request.headers.authorization);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

let homes = 0;
const way = (environment: Readonly<Record<string, string>> = {}) => {
  const home = homeAt(join(folder, `home${homes++}`));
  const measuring = createMeasuring({
    config: WorkspaceConfig.parse({ data: { roots: [folder, `${origin}/open/`] } }),
    home,
    newId: createNewId(systemClock.nowMs),
    environment,
  });
  const intake = (sources: readonly string[]) =>
    measuring.intake({
      goal: "predict which trips are late",
      target: "late",
      sources: sources.map(parseSourceArgument),
      options: {},
    });
  return {
    home,
    measuring,
    intake,
    measure: async (sources: readonly string[]) => measuring.measure(intake(sources)),
  };
};

describe("an address", () => {
  const limits = () => ({
    roots: [folder, `${origin}/open/`],
    maxBytes: 100_000,
    timeoutMs: 5_000,
  });
  const get = (path: string, token: string | null = null, more = {}) =>
    fetchSource(`${origin}${path}`, folder, { ...limits(), ...more }, token);

  test("below data.roots is fetched, also behind a redirect that stays there", async () => {
    expect(readFileSync(await get("/open/weather.csv"), "utf8")).toBe(WEATHER);
    expect(readFileSync(await get("/open/moved"), "utf8")).toBe(WEATHER);
    expect(readFileSync(await get("/open/closed", "t0ken"), "utf8")).toBe(WEATHER);
  });

  test.each<readonly [string, string, object]>([
    ["/secret/weather.csv", "SOURCE_NOT_ALLOWED", {}],
    ["/open/../secret/weather.csv", "SOURCE_NOT_ALLOWED", {}],
    ["/opened.csv", "SOURCE_NOT_ALLOWED", {}],
    ["/open/away", "SOURCE_NOT_ALLOWED", {}],
    ["/open/weather.csv?signature=abc", "SOURCE_CREDENTIAL", {}],
    ["/open/closed", "SOURCE_REFUSED", {}],
    ["/open/gone", "DATA_NOT_FOUND", {}],
    ["/open/weather.csv", "DATA_TOO_LARGE", { maxBytes: 50 }],
    ["/open/broken", "SOURCE_DOWN", {}],
    ["/open/loop", "SOURCE_DOWN", {}],
    ["/open/half", "SOURCE_DOWN", {}],
  ])("%s: %s", async (path, code, more) => {
    await expect(get(path, null, more)).rejects.toMatchObject({
      code,
      next: expect.stringMatching(/\S/),
    });
  });

  test("with a user or password is refused without repeating it", async () => {
    const address = `${origin.replace("//", "//me:hidden@")}/open/weather.csv`;
    const error = await fetchSource(address, folder, limits()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "SOURCE_CREDENTIAL" });
    expect(JSON.stringify(error) + String(error)).not.toContain("hidden");
  });
});

test("files and an address become one table, and the facts say what matched", async () => {
  const { measure, home } = way();
  const { facts, snapshot } = await measure([
    `trips=${trips}`,
    `shops=${join(folder, "shops.csv")},key=shop`,
    `weather=${origin}/open/weather.csv,event_time=seen_on`,
  ]);
  expect(
    facts.sources?.map(({ name, kind, rows, matched }) => [name, kind, rows, matched]),
  ).toEqual([
    ["dataset", "file", 400, 400],
    ["shops", "file", 7, 350],
    ["weather", "api", 100, 398],
  ]);
  expect(facts.profile.columns.map(({ name }) => name)).toEqual([
    "id",
    "shop",
    "on_day",
    "late",
    "shops.size",
    "weather.rain",
  ]);
  expect(facts.profile).toMatchObject({ rows: 400, format: "csv" });
  expect(facts.assumptions.map(({ subject, assumed }) => `${subject}: ${assumed}`)).toEqual(
    expect.arrayContaining([
      "source shops: 350 of 400 rows found a row in it",
      "source weather: 398 of 400 rows found a row in it",
    ]),
  );
  expect(snapshot.parts?.map(({ name, sha256: hash }) => [name, hash])).toEqual([
    ["dataset", sha256(TRIPS)],
    ["shops", sha256(SHOPS)],
    ["weather", sha256(WEATHER)],
  ]);
  expect(snapshot.file.startsWith(home.snapshots)).toBe(true);
}, 30_000);

test("the same sources give the same bytes, and a comment measures again without reading them again", async () => {
  const { intake, measuring } = way();
  const spec = intake([`trips=${trips}`, `weather=${origin}/open/weather.csv,event_time=seen_on`]);
  const [one, two] = [await measuring.measure(spec), await measuring.measure(spec)];
  expect(two.snapshot.sha256).toBe(one.snapshot.sha256);
  const columns = one.facts.profile.columns.map(({ name }) => name);
  const edited = applyEdits(spec, understandComment("exclude weather.rain") ?? [], columns);
  if ("problem" in edited) throw new Error(edited.problem);
  const away = {
    ...edited.spec,
    sources: edited.spec.sources.map((source) => ({ ...source, uri: `${origin}/open/gone` })),
  };
  const again = await measuring.remeasure(
    { spec, snapshot: one.snapshot, factsHash: "", sampleHash: "" },
    away,
  );
  expect(again.facts.excluded.map(({ column }) => column)).toContain("weather.rain");
  expect(again.facts.snapshot).toEqual(one.facts.snapshot);
}, 30_000);

describe("a source that cannot be had leaves nothing behind", () => {
  test.each<readonly [string, string]>([
    ["SOURCE_NOT_ALLOWED", "x=http://127.0.0.1:9/secret.csv,key=shop"],
    ["DATA_NOT_FOUND", `x=${join(folder, "absent.csv")},key=shop`],
    ["SOURCE_COLUMN_UNKNOWN", `x=${join(folder, "shops.csv")},key=store`],
    ["SOURCE_CREDENTIAL", `x=postgres://reader@127.0.0.1:1/db?table=t,key=shop,credential=ABSENT`],
    ["SOURCE_TABLE_MISSING", "x=postgres://reader@127.0.0.1:1/db,key=shop"],
    ["SOURCE_DOWN", "x=postgres://reader@127.0.0.1:1/db?table=t,key=shop"],
  ])("%s", async (code, source) => {
    const { home, measure } = way();
    await expect(measure([`trips=${trips}`, source])).rejects.toMatchObject({ code });
    expect(() => readFileSync(home.snapshots)).toThrow("ENOENT");
  });
});

test("a source's argument is read back as it was written, and a bad one says how it is written", () => {
  for (const text of [
    "weather=https://data.example/w.csv?year=2024,key=shop+day,event_time=seen on,credential=TOKEN",
    "shops=/data/a,b.csv,key=shop",
  ])
    expect(formatSourceArgument(parseSourceArgument(text))).toBe(text);
  for (const text of ["", "weather", "=x", "Weather=x", "w=x,credential=no-variable"])
    expect(() => parseSourceArgument(text)).toThrow("--source");
});

test("how a source writes its event time is kept, though it is no column of the joined table", async () => {
  const rows = lines(40, (n) => `s${n % 8};${13 + (n % 15)}.01.2024;${n},5`);
  const notes = put("notes.csv", `shop;seen;value\n${rows}\n`);
  const { facts } = await way().measure([
    `trips=${trips}`,
    `notes=${notes},key=shop,event_time=seen`,
  ]);
  expect(facts.sources?.[1]).toMatchObject({ eventTime: "seen", eventDates: ["%d.%m.%Y"] });
  expect(facts.sources?.[0]).not.toHaveProperty("eventDates");
}, 60_000);

const bin = findPostgres();
// On a machine of one's own the database may be missing; CI must have it.
describe.skipIf(bin === null && !process.env.CI)("a Postgres of our own", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    if (bin === null) throw new Error("no Postgres here: install the package postgresql");
    postgres = await startPostgres(bin);
    await postgres.query(`
      CREATE SCHEMA ops;
      CREATE TABLE ops."Visits; --" (shop text, seen_at timestamptz, visitors int, note text, open boolean, share numeric);
      INSERT INTO ops."Visits; --" SELECT 's' || n % 8, timestamptz '2024-01-01 23:30:00-05' + n * interval '1 day', n * 3, 'a "quoted", ' || E'line\\nbreak ' || n, n % 2 = 0, n / 4.0 FROM generate_series(0, 149) n;
      CREATE TABLE ops.hidden (shop text);
      GRANT USAGE ON SCHEMA ops TO reader; GRANT SELECT ON ops."Visits; --" TO reader;`);
  }, 120_000);
  afterAll(() => postgres?.stop());
  const address = (table: string) =>
    `postgres://reader@127.0.0.1:${postgres.port}/postgres?table=${encodeURIComponent(table)}`;

  test("one of its tables is pulled and joined as-of, typed, its instants in UTC", async () => {
    const { measure } = way({ VISITS_PASSWORD: postgres.password });
    const { facts } = await measure([
      `trips=${trips}`,
      `visits=${address("ops.Visits; --")},key=shop,event_time=seen_at,credential=VISITS_PASSWORD`,
    ]);
    const source = facts.sources?.[1];
    expect(source).toMatchObject({
      name: "visits",
      kind: "sql",
      rows: 150,
      key: ["shop"],
      eventTime: "seen_at",
      credential: "VISITS_PASSWORD",
    });
    // 23:30 at UTC-5 is the next day in UTC: at midnight of that day it was not yet known.
    const visits = Array.from({ length: 150 }, (_, n) => ({
      shop: n % 8,
      at: Date.UTC(2024, 0, 2 + n, 4, 30),
    }));
    const known = Array.from({ length: 400 }, (_, n) =>
      visits.some(
        ({ at, shop }) => shop === n % 8 && at <= Date.UTC(2024, 0, 1 + Math.floor(n / 2)),
      ),
    );
    expect(source?.matched).toBe(known.filter(Boolean).length);
    const types = Object.fromEntries(facts.profile.columns.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      "visits.visitors": "integer",
      "visits.open": "boolean",
      "visits.share": "number",
      "visits.note": "string",
    });
    expect(JSON.stringify(facts)).not.toContain(postgres.password);
  }, 60_000);

  test.each([
    ["a wrong password", "SOURCE_REFUSED", "ops.Visits; --", "wrong"],
    ["a table that may not be read", "SOURCE_REFUSED", "ops.hidden", null],
    ["a table that is not there", "DATA_NOT_FOUND", "ops.absent", null],
  ])(
    "%s: %s",
    async (_, code, table, password) => {
      const { measure } = way({ VISITS_PASSWORD: password ?? postgres.password });
      await expect(
        measure([`trips=${trips}`, `visits=${address(table)},key=shop,credential=VISITS_PASSWORD`]),
      ).rejects.toMatchObject({ code });
    },
    30_000,
  );
});
