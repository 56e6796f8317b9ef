import fc from "fast-check";
import { expect, test } from "vitest";
import { type LedgerEntry, reserve } from "../../src/engine/budget.ts";

const entry = (scope: string, cap: number | null, spent = 0, held = 0): LedgerEntry => ({
  scope,
  cap,
  spent,
  held,
});

test("a reservation holds in every scope or in none, and says what refused", () => {
  const ledger = [entry("run.usd", 100, 40, 30), entry("day.usd", 50, 45)];
  expect(
    reserve(ledger, [
      { scope: "run.usd", amount: 10 },
      { scope: "day.usd", amount: 10 },
    ]),
  ).toEqual({
    kind: "refused",
    scope: "day.usd",
    need: 10,
    have: 5,
  });
  expect(reserve(ledger, [{ scope: "run.usd", amount: 30 }])).toMatchObject({
    kind: "held",
    ledger: [{ held: 60 }, { held: 0 }],
  });
});

test("a scope without a cap or without an entry refuses nothing", () => {
  expect(
    reserve(
      [entry("run.usd", null, 1e9)],
      [
        { scope: "run.usd", amount: 1e9 },
        { scope: "x", amount: 1 },
      ],
    ).kind,
  ).toBe("held");
});

test("spent and held never pass the cap while calls come to no more than was held", () => {
  const call = fc.record({ amount: fc.nat(50), spent: fc.nat(50), done: fc.boolean() });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 30 }), fc.nat(200), (calls, cap) => {
      let row = entry("run.usd", cap);
      const open: number[] = [];
      for (const { amount, done, spent } of calls) {
        const held = reserve([row], [{ scope: "run.usd", amount }]);
        if (held.kind === "held") {
          row = held.ledger[0] ?? row;
          open.push(amount);
        } else expect(held.have).toBeLessThan(held.need);
        const first = done ? open.shift() : undefined;
        if (first !== undefined) {
          const came = Math.min(spent, first);
          row = { ...row, held: row.held - first, spent: row.spent + came };
        }
        expect(row.spent + row.held).toBeLessThanOrEqual(cap);
      }
    }),
  );
});
