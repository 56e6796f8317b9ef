import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measureFacts } from "../../../src/agents/facts/measure.ts";
import { openDataset } from "../../../src/data/open.ts";
import { intake } from "../../../src/spec/intake.ts";

test("a column of true and false becomes one number without categories", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mlpipeline-flag-"));
  const rows = Array.from(
    { length: 120 },
    (_, at) => `${at % 3 === 0},${(at * 37) % 101},${at % 4 === 0 ? "yes" : "no"}`,
  );
  const file = join(dir, "flags.csv");
  await writeFile(file, `member,amount,outcome\n${rows.join("\n")}\n`);
  const dataset = await openDataset({ path: file });
  const spec = intake({
    goal: "predict the outcome",
    dataset: file,
    target: "outcome",
    options: {},
  });
  const facts = await measureFacts({
    dataset,
    spec,
    snapshot: { sha256: "0".repeat(64), bytes: dataset.bytes },
  });
  dataset.close();
  await rm(dir, { recursive: true, force: true });
  expect(facts.features.find((feature) => feature.source === "member")).toMatchObject({
    kind: "boolean",
    transform: "none",
    impute: "most_frequent",
    categories: null,
  });
});
