import { systemClock } from "../../src/lib/clock.ts";
import { openStore } from "../../src/store/open.ts";
import { takeWorkerRole } from "../../src/store/worker-lock.ts";
import { commented, commit, MIGRATIONS } from "../support/store-world.ts";

/** A second process on the same file: `write <runId> <n>`, `kill <runId> <point> <n>` or `hold <lock file>`. */
const [file = "", what = "", subject = "", ...rest] = process.argv.slice(2);

const die = (): void => {
  process.kill(process.pid, "SIGKILL");
};

const write = async (runId: string, count: number): Promise<void> => {
  const store = await openStore({ file, migrations: MIGRATIONS });
  for (let n = 0; n < count; n++) await commit(store, runId, { events: [commented(`${n}`)] });
  store.close();
};

const killAt = async (runId: string, point: string, pass: number): Promise<void> => {
  let passes = 0;
  const kill = (name: string) => {
    if (name === point) passes += 1;
    if (passes === pass) die();
  };
  const store = await openStore({ file, migrations: MIGRATIONS, kill });
  for (let n = 0; n < pass; n++) {
    const outbox = [{ effectKey: `${n}`, target: "slack", kind: "k", body: n }];
    await commit(store, runId, { events: [commented(`${n}`)], outbox }, { key: `kill/${n}` });
  }
  throw new Error(`the kill point ${point} was not passed ${pass} times`);
};

const hold = (lockFile: string): void => {
  const id = { owner: "child", host: "here", pid: process.pid };
  const role = takeWorkerRole({
    lockFile,
    database: file,
    ...id,
    clock: systemClock,
    kill: () => {},
  });
  process.stdout.write(`${JSON.stringify({ held: role.held })}\n`);
  setInterval(() => role.held && role.beat(), 50);
};

if (what === "write") await write(subject, Number(rest[0]));
else if (what === "kill") await killAt(subject, rest[0] ?? "", Number(rest[1]));
else hold(subject);
