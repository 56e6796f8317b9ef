import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import { createBlobs } from "../../src/store/blobs.ts";
import { newId } from "../support/store-world.ts";

describe("blobs", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "blobs-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("any bytes come back under their own hash, and putting them again adds no file", async () => {
    const blobs = createBlobs(folder, newId);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const hash = await blobs.put(bytes);
        expect(hash).toBe(sha256(bytes));
        expect(await blobs.put(bytes)).toBe(hash);
        expect(Buffer.from((await blobs.get(hash)) ?? [])).toEqual(Buffer.from(bytes));
        expect(await readdir(join(folder, hash.slice(0, 2)))).toContain(hash);
      }),
      { numRuns: 20 },
    );
    const files = (await readdir(folder, { recursive: true })).filter((name) => /tmp$/.test(name));
    expect(files).toEqual([]);
  });

  test("the same bytes put many times at once are one sound file", async () => {
    const blobs = createBlobs(folder, newId);
    const hashes = await Promise.all(Array.from({ length: 8 }, () => blobs.put("same")));
    expect(new Set(hashes).size).toBe(1);
    expect(await readdir(join(folder, hashes[0]?.slice(0, 2) ?? ""))).toEqual([hashes[0]]);
  });

  test("a damaged blob is written anew when its bytes come again", async () => {
    const blobs = createBlobs(folder, newId);
    const hash = await blobs.put("sound");
    await writeFile(join(folder, hash.slice(0, 2), hash), "damaged");
    await blobs.put("sound");
    expect(Buffer.from((await blobs.get(hash)) ?? []).toString()).toBe("sound");
  });

  test("what is no hash leads to no file", async () => {
    await writeFile(join(folder, "secret"), "x");
    const blobs = createBlobs(join(folder, "blobs"), newId);
    expect(await blobs.get("../../secret")).toBeNull();
    expect(await blobs.get("a".repeat(64))).toBeNull();
  });

  test("a place that cannot be written is a configuration error", async () => {
    await writeFile(join(folder, "file"), "");
    const blobs = createBlobs(join(folder, "file"), newId);
    await expect(blobs.put("x")).rejects.toMatchObject({ code: "HOME_NOT_WRITABLE" });
  });
});
