import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../../support/test-app.ts";

let t: TestApp;
beforeAll(async () => {
  t = await createTestApp();
}, 60_000);
afterAll(() => t.close());

test("who is not at the terminal has only data below data.roots watched, whether or not there is such a file", async () => {
  for (const actor of [
    { ...t.owner, via: "slack" as const },
    { ...t.owner, via: "mcp" as const, model: true },
  ]) {
    await expect(
      t.call(
        "watch_start",
        { name: "x", reference: "/etc/passwd", current: "/nowhere" },
        { actor },
      ),
    ).rejects.toMatchObject({ code: "DATA_OUTSIDE_ROOTS" });
  }
  expect(await t.app.watch.monitors()).toEqual([]);
}, 60_000);
