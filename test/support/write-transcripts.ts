// Writes examples/<name>/transcript.md anew: npx tsx test/support/write-transcripts.ts
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TALKS, talk, transcript } from "./transcripts.ts";

for (const one of TALKS) {
  await writeFile(join("examples", one.folder, "transcript.md"), transcript(one, await talk(one)));
  process.stdout.write(`examples/${one.folder}/transcript.md\n`);
}
