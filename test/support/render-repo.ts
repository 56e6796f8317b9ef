// Renders a pipeline repository from facts without the engine: npx tsx test/support/render-repo.ts OUT [--roles a,b] [--facts F] [--spec F]
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { readPrompts } from "../../src/agents/blueprint.ts";
import { PLANS } from "../../src/agents/plans/catalog.ts";
import { renderStep } from "../../src/agents/render.ts";
import { assembleFiles } from "../../src/repo/assemble.ts";
import { Facts } from "../../src/spec/facts.ts";
import type { Part } from "../../src/spec/part.ts";
import { ROLES } from "../../src/spec/roles.ts";
import { PipelineSpec } from "../../src/spec/spec.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { roles: { type: "string" }, facts: { type: "string" }, spec: { type: "string" } },
});
const out = positionals[0] ?? "/tmp/rendered";
const factsFile = values.facts ?? "test/support/birdstrikes-facts.json";
const facts = Facts.parse(JSON.parse(await readFile(factsFile, "utf8")));
const spec = PipelineSpec.parse(
  values.spec
    ? parse(await readFile(values.spec, "utf8"))
    : {
        pipeline: {
          name: "birdstrikes",
          goal: "Predict which wildlife strikes damage the aircraft",
        },
        dataset: { uri: join(process.cwd(), "examples/birdstrikes/birdstrikes.csv") },
        target: { column: "Effect Amount of damage", positive: "!None" },
      },
);
const roles = values.roles ? values.roles.split(",") : ROLES;
const prompts = await readPrompts("prompts");
const files = new Map<string, string>();
const parts: Part[] = [];
const names = {
  pipeline: spec.pipeline.name,
  pkg: spec.pipeline.name.replaceAll("-", "_"),
  service: spec.pipeline.name,
};
for (const role of ROLES) {
  if (!roles.includes(role)) continue;
  const input = { spec, facts, names, upstream: new Map(files), comments: [] };
  const step = renderStep(prompts, prompts.briefs[role], input, PLANS);
  for (const [path, text] of step.files) files.set(path, text);
  parts.push(...step.parts);
}
for (const [path, text] of assembleFiles({
  facts,
  spec,
  names,
  parts,
  roles: ROLES.filter((role) => roles.includes(role)),
  files: [...files.keys()],
}))
  files.set(path, text);
await rm(join(out, "src"), { recursive: true, force: true });
for (const [path, text] of files) {
  await mkdir(dirname(join(out, path)), { recursive: true });
  await writeFile(join(out, path), text);
}
process.stdout.write(`${files.size} files in ${out}\n`);
