import { expect, test } from "vitest";
import { PRICES } from "../../src/agents/prices.ts";
import { createClaudeApp } from "../support/claude-app.ts";
import { excellent } from "../support/fake-anthropic/scripts.ts";
import type { BillLine } from "../support/fake-anthropic/server.ts";

// Counted anew with whole numbers, from the server's own lines.
const billed = (lines: readonly BillLine[]): number =>
  lines.reduce((sum, line) => {
    const price = PRICES.rows.findLast(({ model }) => model === line.model);
    if (!price) throw new Error(`no price for ${line.model}`);
    const micro =
      BigInt(line.input) * BigInt(price.input) +
      BigInt(line.output) * BigInt(price.output) +
      BigInt(line.read) * BigInt(price.read) +
      BigInt(line.write5m) * BigInt(price.write5m) +
      BigInt(line.write1h) * BigInt(price.write1h);
    return sum + Number((micro + 500_000n) / 1_000_000n);
  }, 0);

test("seven specialists refine their drafts with Claude, and the run costs what the server bills", async () => {
  const t = await createClaudeApp(excellent);
  try {
    const runId = await t.start();
    for (;;) {
      const end = await t.drive(runId);
      if (end.kind !== "handoff") break;
      await t.approve(end.approvalId);
    }
    const state = await t.app.store.runs.state(runId);
    expect(t.fake.refused).toEqual([]);
    expect(state.status).toBe("completed");
    const calls = await t.app.store.ledger.calls({ runId, limit: 200 });
    expect(new Set(calls.map(({ step }) => step)).size).toBe(7);
    expect(state.spent.microUsd).toBe(billed(t.fake.bill));
    expect(await t.app.store.ledger.held()).toEqual([]);
    // Simulated: counted by the fake's model of the prefix cache.
    const tokens = t.fake.bill.reduce(
      (sum, { input, read, write1h, write5m }) => ({
        read: sum.read + read,
        all: sum.all + input + read + write1h + write5m,
      }),
      { read: 0, all: 0 },
    );
    expect(tokens.read / tokens.all).toBeGreaterThanOrEqual(0.8);
    expect(tokens.all - tokens.read).toBeLessThan(t.fake.naiveInput() / 2);
    const bodies = t.fake.bodies.join("\n");
    expect(bodies).toContain("untrusted");
    expect(bodies).not.toContain(t.fake.key);
  } finally {
    await t.close();
  }
}, 300_000);
