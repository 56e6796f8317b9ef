// One drift check by the built product, as a process of its own: node bench/drift-ours.mjs both|profile|cached <reference> <current> <blobs>
import { randomUUID } from "node:crypto";
import { openDuck } from "../dist/src/data/duck.js";
import { createFolderBlobs } from "../dist/src/monitors/blobs.js";
import { exactDistances } from "../dist/src/monitors/drift/exact.js";
import { measureDrift } from "../dist/src/monitors/drift/measure-drift.js";
import { parseMonitor } from "../dist/src/monitors/monitor.js";
import { countWindow } from "../dist/src/monitors/profile/count-window.js";
import { loadProfile } from "../dist/src/monitors/profile/load-profile.js";
import { ALL_ROWS } from "../dist/src/monitors/source/read-columns.js";
import { openRelation } from "../dist/src/monitors/source/relation.js";
import { ksP } from "../dist/src/monitors/stats/ks-p.js";

const [mode, reference, current, blobs] = process.argv.slice(2);
const source = (path) => ({ kind: "files", path, sha256: path });
const duck = await openDuck({ memoryMb: 256, threads: 2 });
const open = async (path) => (await openRelation(duck, source(path))).relation;

const exact = async () => {
  const [a, b] = [await open(reference), await open(current)];
  const fields = [...a.columns.keys()];
  const sides = [a, b].map((relation) => ({ relation, scope: ALL_ROWS }));
  const found = await exactDistances(duck, sides[0], sides[1], fields);
  const rows = 1_000_000;
  return Object.fromEntries(
    fields.map((field) => {
      const { ks, wasserstein } = found.get(field);
      return [field, { lo: ks, hi: ks, wasserstein, p: ksP(rows, rows, ks).p }];
    }),
  );
};

const profileOf = async () => {
  const monitor = parseMonitor({ id: "b", kind: "drift", model: "b", source: "b", reference: "b" });
  const store = createFolderBlobs(blobs, randomUUID);
  return (await loadProfile(duck, monitor, { reference: source(reference), blobs: store })).profile;
};

const cached = async () => {
  const profile = await profileOf();
  const counts = await countWindow(duck, await open(current), profile, ALL_ROWS);
  const whole = new Map(profile.columns.map((column) => [column.field, column.counts]));
  const scope = {
    monitor: "b",
    segment: null,
    window: { start: 0, end: 1 },
    suffix: "",
    baseline: "",
  };
  const measures = measureDrift(scope, profile, { rows: profile.rows, counts: whole }, counts);
  return Object.fromEntries(
    measures.flatMap(({ detail, name, subject }) =>
      name === "ks" ? [[subject, { lo: detail.lo, hi: detail.hi, p: detail.p }]] : [],
    ),
  );
};

const modes = {
  both: exact,
  cached,
  profile: async () => {
    await profileOf();
    return {};
  },
};
const answers = await modes[mode]();
duck.close();
process.stdout.write(JSON.stringify(answers));
