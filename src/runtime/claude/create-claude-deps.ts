import { createBreaker } from "../../agents/breaker.ts";
import type { Claude, ClaudeSettings } from "../../agents/claude.ts";
import { MODEL_OF } from "../../agents/models.ts";
import { PRICES, type PriceTable } from "../../agents/prices.ts";
import { systemClock } from "../../lib/clock.ts";
import { sha256 } from "../../lib/hash.ts";
import { usd } from "../../lib/money.ts";
import { random } from "../../lib/random.ts";
import { sleep } from "../../lib/sleep.ts";
import type { WorkspaceConfig } from "../../spec/config.ts";
import type { ClaudeDeps } from "./deps.ts";

/** The key and address, null without a key, and what the workspace says of models and prices. */
interface Access {
  readonly claude: Pick<ClaudeSettings, "apiKey" | "baseUrl"> | null;
  readonly workspace: Pick<WorkspaceConfig, "claude" | "workspace">;
}

/** Prices of the operator stand before ours: what a gateway bills is for its owner to say. */
const pricesOf = ({ prices }: WorkspaceConfig["claude"]): PriceTable => ({
  version: prices.length === 0 ? PRICES.version : `${PRICES.version} with claude.prices`,
  rows: [
    ...PRICES.rows.filter(({ model }) => !prices.some((row) => row.model === model)),
    ...prices.map((row) => ({
      model: row.model,
      from: "2026-01-01",
      input: usd(row.input),
      output: usd(row.output),
      read: usd(row.read),
      write5m: usd(row.write_5m),
      write1h: usd(row.write_1h),
    })),
  ],
});

/** What refining needs of the vendor; null without a key, and then nothing of it is ever loaded. */
export const createClaudeDeps = (config: Access): ClaudeDeps | null => {
  const { claude, workspace } = config;
  if (claude === null) return null;
  // The vendor's client is loaded by the first attempt that may use it, not by each process that only asks.
  const make = async (): Promise<Claude> => {
    const { createClaude } = await import("../../agents/claude.ts");
    return createClaude({
      ...claude,
      userHash: sha256(`mlpipeline/${workspace.workspace.name}`).slice(0, 32),
      warn: (message) => process.stderr.write(`${message}\n`),
    });
  };
  let client: Promise<Claude> | null = null;
  return {
    open: () => {
      client ??= make();
      return client;
    },
    modelOf: (role) => workspace.claude.model ?? MODEL_OF[role],
    prices: pricesOf(workspace.claude),
    breaker: createBreaker(systemClock.nowMs),
    random,
    sleep,
  };
};
