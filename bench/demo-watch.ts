// npm run demo:watch: a model that was trained in Seattle is served in New York, and birdstrikes by year, on an accelerated clock. Offline.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import type { Actor } from "../src/engine/command.ts";
import type { Clock } from "../src/lib/clock.ts";
import { renderIncident } from "../src/slack/blocks/incident-message.ts";

const DAY = 86_400_000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Row = readonly string[];

/** Rows of a CSV without quotes that hold line ends. */
const readCsv = async (path: string): Promise<readonly Row[]> =>
  (await readFile(path, "utf8"))
    .trim()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map((m) => m[1] ?? ""),
    );

const toCsv = (rows: readonly Row[]): string => `${rows.map((row) => row.join(",")).join("\n")}\n`;

const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
};

/** The same rows under each other's times: whatever is found in it is false. */
const shuffled = (rows: readonly Row[], time: number, seed: number): readonly Row[] => {
  const random = seeded(seed);
  const times = rows.map((row) => row[time] ?? "").sort();
  return [...rows]
    .map((row) => ({ row, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }, n) => row.map((cell, k) => (k === time ? (times[n] ?? "") : cell)));
};

interface Scene {
  readonly name: string;
  readonly title: string;
  readonly header: Row;
  readonly time: string;
  readonly reference: readonly Row[];
  readonly current: readonly Row[];
  readonly window: string;
}

const weather = async (): Promise<readonly Scene[]> => {
  const [header = [], ...rows] = await readCsv(join("examples", "weather", "weather.csv"));
  const of = (city: string, years: readonly string[]) =>
    rows
      .filter((row) => row[0] === city && years.includes((row[1] ?? "").slice(0, 4)))
      .map((row) => row.slice(1));
  const seattle = of("Seattle", ["2012", "2013", "2014", "2015"]);
  const common = { header: header.slice(1), time: "date", window: "28d" };
  const reference = of("Seattle", ["2012", "2013", "2014"]);
  const half = shuffled(seattle, 0, 7);
  return [
    {
      ...common,
      name: "weather-new-york",
      title: "Weather: built from Seattle 2012–14, served in New York in 2015",
      reference,
      current: of("New York", ["2015"]),
    },
    {
      ...common,
      name: "weather-shuffled",
      title: "Weather: Seattle under shuffled dates; every incident here is false",
      reference: half.filter((row) => (row[0] ?? "") < "2015"),
      current: half.filter((row) => (row[0] ?? "") >= "2015"),
    },
  ];
};

const KEPT = [
  "Flight Date",
  "Phase of flight",
  "Wildlife Size",
  "Time of day",
  "Speed IAS in knots",
  "Origin State",
];

const birdstrikes = async (): Promise<readonly Scene[]> => {
  const [header = [], ...rows] = await readCsv(join("examples", "birdstrikes", "birdstrikes.csv"));
  const places = KEPT.map((name) => header.indexOf(name));
  const kept = rows.map((row) => places.map((place) => row[place] ?? ""));
  const part = (all: readonly Row[], from: string, to: string) =>
    all.filter((row) => (row[0] ?? "") >= from && (row[0] ?? "") < to);
  const mixed = shuffled(kept, 0, 11);
  const common = { header: KEPT, time: "Flight Date", window: "180d" };
  return [
    {
      ...common,
      name: "birdstrikes-by-year",
      title: "Birdstrikes: built from 1990–96, then year by year",
      reference: part(kept, "1990", "1997"),
      current: part(kept, "1997", "2002"),
    },
    {
      ...common,
      name: "birdstrikes-shuffled",
      title: "Birdstrikes under shuffled dates; every incident here is false",
      reference: part(mixed, "1990", "1997"),
      current: part(mixed, "1997", "2002"),
    },
  ];
};

/** Plays one scene: looks once per window, and gives the incidents that came of it. */
const play = async (scene: Scene, dir: string, out: string): Promise<number> => {
  const places = { reference: join(dir, `${scene.name}.csv`), current: join(dir, scene.name) };
  await writeFile(places.reference, toCsv([scene.header, ...scene.reference]));
  await mkdir(places.current, { recursive: true });
  const timeAt = scene.header.indexOf(scene.time);
  const dates = scene.current.map((row) => Date.parse(row[timeAt] ?? "")).sort((a, b) => a - b);
  const [first = 0, last = 0] = [dates[0], dates.at(-1)];
  const step = Number(scene.window.slice(0, -1)) * DAY;
  const time = { ms: first };
  const clock: Clock = { nowMs: () => time.ms, monotonicMs: () => Math.round(performance.now()) };
  const config = readConfig(
    { cwd: dir, homeDir: join(dir, `home-${scene.name}`) },
    { PATH: process.env.PATH, HOME: dir, USER: "demo" },
  );
  const app = await createApp(config, { clock });
  const { owner } = await app.ensureOwner();
  const actor: Actor = { person: owner, via: "cli", ref: "demo", model: false };
  const { name, time: column, window } = scene;
  const { current, reference } = places;
  await app.watch.start(
    { kind: "files", name, reference, current, time: column, window, cron: "0 0 * * *" },
    actor,
    name,
  );
  const scheduler = app.watch.scheduler([app.digests.tick]);
  for (time.ms = first + step; time.ms <= last + 2 * step; time.ms += step) {
    const seen = scene.current.filter((row) => Date.parse(row[timeAt] ?? "") < time.ms);
    await writeFile(join(current, "rows.csv"), toCsv([scene.header, ...seen]));
    await scheduler.tick();
    await scheduler.settled();
    time.ms += 60_000; // the group's wait is over
    await scheduler.tick();
  }
  time.ms -= step; // back to the last look
  say(`\n== ${scene.title}`);
  const incidents = await app.watch.incidents({});
  for (const view of incidents) {
    const card = (await app.operations
      .get("incident_get")
      ?.run({ incident: view.id }, { actor, key: view.id })) as Parameters<
      typeof renderIncident
    >[0];
    say(`  ${renderIncident(card).text}`);
    for (const line of card.lines) say(`    ${line.at.slice(0, 10)} ${line.said}`);
    const chart = await app.watch.chart(view.id);
    if (chart === null) continue;
    const file = join(out, `${name}-${view.cause}.png`);
    await writeFile(file, chart.png);
    say(`    picture ${file}: ${chart.alt}`);
  }
  if (incidents.length === 0) say("  no incident");
  const digest = await app.digests.sendNow(
    { kind: "person", target: owner },
    actor,
    `digest-${name}`,
  );
  say(`  digest: ${digest.content.headline}`);
  for (const { rows, title } of digest.content.sections)
    for (const row of rows) say(`    ${title}: ${row}`);
  app.close();
  return incidents.length;
};

const dir = await mkdtemp(join(tmpdir(), "mlpipeline-demo-watch-"));
const out = process.argv[2] ?? join(process.cwd(), ".mlpipeline", "demo-watch");
try {
  await mkdir(out, { recursive: true });
  let falsely = 0;
  for (const scene of [...(await weather()), ...(await birdstrikes())]) {
    const found = await play(scene, dir, out);
    if (scene.name.endsWith("shuffled")) falsely += found;
  }
  say(`\nfalse incidents on the shuffled copies: ${falsely}`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
