// Writes manifest.yml from its source; with an address, prints the form for HTTP mode instead:
//   npm run manifest                          npm run manifest -- https://mlpipeline.example.com
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { slackManifest } from "../src/slack/manifest.ts";
import { ManifestSchema } from "../src/slack/manifest-schema.ts";

const base = process.argv[2];
const form =
  base === undefined ? { mode: "socket" } : { mode: "http", base: base.replace(/\/+$/, "") };
const text = stringify(ManifestSchema.parse(slackManifest(form)), { lineWidth: 0 });
if (base === undefined) await writeFile("manifest.yml", text);
else process.stdout.write(text);
