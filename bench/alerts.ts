import { existsSync } from "node:fs";
import { join } from "node:path";
import { wilson } from "../src/monitors/stats/intervals.ts";
import { play } from "./alerts-play.ts";
import { SCENARIOS } from "./alerts-scenarios.ts";
import { say } from "./report.ts";

/** Ninety days of eight-hour windows. */
const WINDOWS = 270;

/**
 * False Incidents per model in 90 days at the default schedule, false open checks per 1,000 clean ones, and for changes how many were told
 * and after how many windows. `models` seeds per scenario. Evidently's own package is not part of this yet, and that is printed.
 */
export const benchAlerts = (models: number, windows = WINDOWS): void => {
  say(
    `alerts, ${models} models a scenario, ${windows} windows of 8 h, 10 features, the default policy`,
  );
  say(
    `${"scenario".padEnd(42)}false incidents   per 1,000 checks   told            mean delay   visible`,
  );
  for (const scenario of SCENARIOS) {
    const all = Array.from({ length: models }, (_, seed) => play(scenario, seed, windows));
    const incidents = all.map(({ falseIncidents }) => falseIncidents);
    const sum = (of: (one: (typeof all)[number]) => number) =>
      all.reduce((total, one) => total + of(one), 0);
    const delays = all.flatMap((one) => one.delays);
    const found = delays.filter((delay) => delay !== null);
    const { high, low } = wilson(found.length, delays.length);
    const told =
      delays.length === 0
        ? "–"
        : `${found.length}/${delays.length} (${low.toFixed(2)}–${high.toFixed(2)})`;
    const delay =
      found.length === 0 ? "–" : (found.reduce((a, b) => a + b, 0) / found.length).toFixed(1);
    const rate =
      (1_000 * sum(({ falseChecks }) => falseChecks)) /
      Math.max(
        1,
        sum(({ cleanChecks }) => cleanChecks),
      );
    const per = `${(incidents.reduce((a, b) => a + b, 0) / models).toFixed(2)} (worst ${Math.max(...incidents)})`;
    const visible = Math.max(...all.map((one) => one.visible)).toFixed(3);
    say(
      `${scenario.name.padEnd(42)}${per.padEnd(18)}${rate.toFixed(2).padEnd(19)}${told.padEnd(16)}${delay.padEnd(13)}${visible}`,
    );
  }
  const evidently = existsSync(join(process.cwd(), ".venv-evidently", "bin", "python"));
  say(
    evidently
      ? "Evidently's package is installed; its comparison is not written yet"
      : "Evidently's package: MISSING, so nothing is claimed about it",
  );
};
