// Every promised figure beside its bound: npm run build && npm run bench [-- --train --profile | --slack [--small]]. Nothing here fails a build.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { benchAlerts } from "./alerts.ts";
import { benchOffline, benchStart, benchTraining } from "./demo.ts";
import { benchDrift, benchWide } from "./drift.ts";
import { benchMcp } from "./mcp.ts";
import { CLI } from "./measure.ts";
import { benchProfile } from "./profile.ts";
import { say } from "./report.ts";
import { benchSlack } from "./slack.ts";
import { benchStore } from "./store.ts";

const wanted = new Set(process.argv.slice(2));
const dir = mkdtempSync(join(tmpdir(), "mlpipeline-bench-"));

/** `--small` runs both in minutes, to see that they work; its figures promise nothing. */
const benchWatch = async (): Promise<void> => {
  const small = wanted.has("--small");
  const rows = small ? 100_000 : 1_000_000;
  if (wanted.has("--drift")) {
    await benchDrift(dir, { rows, columns: 20 }, small ? 2 : 5);
    await benchWide(dir, { rows, columns: 100 });
  }
  if (wanted.has("--alerts")) benchAlerts(small ? 2 : 20);
};

const bench = async (): Promise<void> => {
  if (!existsSync(CLI)) return say("build first: npm run build");
  const load = loadavg()[0] ?? 0;
  say(`${cpus().length} processors, ${cpus()[0]?.model ?? "?"}, load ${load.toFixed(1)} at start`);
  if (load > 1) say("others use this machine: times are longer than on a quiet one");
  if (wanted.has("--slack")) return benchSlack(dir, wanted.has("--small"));
  await benchStart(dir);
  await benchStore(dir);
  await benchOffline(dir);
  if (wanted.has("--mcp")) await benchMcp(dir);
  if (wanted.has("--profile")) await benchProfile(dir);
  await benchWatch();
  if (wanted.has("--train")) await benchTraining(dir);
};

try {
  await bench();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
