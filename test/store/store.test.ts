import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { storeContract } from "../support/store-contract.ts";
import { MIGRATIONS, newId } from "../support/store-world.ts";

describe("a store in memory", () =>
  storeContract(() => openStore({ file: ":memory:", migrations: MIGRATIONS })));

describe("a store in a file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "store-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  storeContract(() =>
    openStore({ file: join(folder, newId(), "mlpipeline.db"), migrations: MIGRATIONS }),
  );
});
