// Whole-process figures, printed side by side with their bounds: npm run bench (build first). Nothing here fails a build.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../src/store/open.ts";

const CLI = join(process.cwd(), "dist", "src", "cli", "main.js");
const MIGRATIONS = join(process.cwd(), "migrations");
const ACTOR = { person: "bench", via: "cli", ref: "bench", model: false } as const;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const line = (what: string, value: string, bound: string): void =>
  void process.stdout.write(`${what.padEnd(58)}${value.padStart(14)}   bound ${bound}\n`);

const timed = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { readonly ms: number; readonly status: number | null } => {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { ms: performance.now() - start, status };
};

const benchStart = (dir: string): void => {
  const runs = Array.from(
    { length: 5 },
    () => timed(["runs"], { MLPIPELINE_HOME: join(dir, "start") }).ms,
  );
  line(
    "process start to answer (`runs`, empty home), median of 5",
    `${median(runs).toFixed(0)} ms`,
    "1,000 ms",
  );
};

/** Without Python on the PATH, so that nothing is installed or trained. */
const benchOffline = (dir: string): void => {
  const bin = join(dir, "bin");
  spawnSync("sh", [
    "-c",
    `mkdir -p ${bin} && for t in git make sh unshare; do ln -s "$(command -v $t)" ${bin}/$t; done`,
  ]);
  const { ms, status } = timed(["demo", "--home", join(dir, "demo")], { PATH: bin });
  line(
    `seven specialists on birdstrikes without Python (exit ${status})`,
    `${(ms / 1000).toFixed(1)} s`,
    "5 s",
  );
};

const benchCommit = async (dir: string): Promise<void> => {
  const store = await openStore({ file: join(dir, "commit.db"), migrations: MIGRATIONS });
  const times: number[] = [];
  for (let at = 0; at < 200; at++) {
    const start = performance.now();
    await store.commit(
      { runId: "bench", key: `k${at}`, payloadHash: "p", nowMs: at, actor: ACTOR },
      () => ({
        events: [],
        outbox: [{ effectKey: `e${at}`, target: "bench", kind: "x", body: {} }],
        answer: at,
        audit: [{ action: "bench", subject: "x" }],
      }),
    );
    times.push(performance.now() - start);
  }
  store.close();
  line(
    "command to outbox at full durability, p50 of 200",
    `${median(times).toFixed(1)} ms`,
    "10 ms",
  );
};

const dir = mkdtempSync(join(tmpdir(), "mlpipeline-bench-"));
writeFileSync(join(dir, "note"), "");
try {
  benchStart(dir);
  await benchCommit(dir);
  benchOffline(dir);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
