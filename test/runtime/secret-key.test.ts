import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { secretKey } from "../../src/runtime/secret-key.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a home has one key of its own, readable by its owner alone", () => {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const key = secretKey(one, () => "a");
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(secretKey(one, () => "b")).toBe(key);
  expect(secretKey(two, () => "c")).not.toBe(key);
  expect(statSync(join(one, "secret.key")).mode & 0o777).toBe(0o600);
  expect(readdirSync(one)).toEqual(["secret.key"]);
});
