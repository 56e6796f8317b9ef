// Writes examples/<name>/transcript.md anew: npx tsx test/support/write-transcripts.ts
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setup } from "./build-harness.ts";
import { TALKS, talk, transcript } from "./transcripts.ts";

setup();
for (const one of TALKS) {
  await writeFile(join("examples", one.folder, "transcript.md"), transcript(one, await talk(one)));
  process.stdout.write(`examples/${one.folder}/transcript.md\n`);
}
