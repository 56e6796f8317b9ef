// Makes the SQLite driver loadable: a driver that is already there, else its prebuilt binary, else a build from source.
// It runs before any dependency can be trusted to be there, so it uses Node alone.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const home = join(root, "node_modules", "better-sqlite3");

const say = (text) => process.stderr.write(`mlpipeline: ${text}\n`);

const loads = () =>
  spawnSync(process.execPath, ["-e", "new (require('better-sqlite3'))(':memory:').close()"], {
    cwd: root,
  }).status === 0;

const run = (script, args) =>
  spawnSync(process.execPath, [script, ...args], { cwd: home, encoding: "utf8", timeout: 900_000 });

const findPrebuildInstall = () => {
  try {
    return require.resolve("prebuild-install/bin.js", { paths: [home] });
  } catch {
    return undefined;
  }
};

const findNodeGyp = () => {
  const npm = process.env.npm_execpath;
  const places = [
    npm && join(dirname(npm), "..", "node_modules", "node-gyp", "bin", "node-gyp.js"),
    join(
      dirname(process.execPath),
      "..",
      "lib",
      "node_modules",
      "npm",
      "node_modules",
      "node-gyp",
      "bin",
      "node-gyp.js",
    ),
  ];
  return places.find((place) => place && existsSync(place));
};

const ensure = () => {
  if (!existsSync(home)) return; // installed without dependencies: nothing to prepare
  if (loads()) return;
  const prebuild = findPrebuildInstall();
  if (prebuild && run(prebuild, []).status === 0 && loads()) return;
  const gyp = findNodeGyp();
  if (!gyp) return fail("npm's node-gyp was not found");
  const prefix = join(dirname(process.execPath), "..");
  const headers = [prefix, "/usr"].find((place) =>
    existsSync(join(place, "include", "node", "node.h")),
  );
  say("no prebuilt SQLite driver could be downloaded; compiling it (about a minute)");
  const nodedir = headers ? [`--nodedir=${headers}`] : [];
  const built = run(gyp, ["rebuild", "--release", ...nodedir]);
  if (built.status === 0 && loads()) return;
  fail(
    (built.stderr || built.error?.message || "")
      .split("\n")
      .filter((line) => /ERR!|error/i.test(line))
      .slice(0, 5)
      .join("\n"),
  );
};

const fail = (why) => {
  say(
    `the SQLite driver could not be built. It needs a C++ compiler, make and python3, and Node's headers\n${why}`,
  );
  process.exitCode = 1;
};

ensure();
