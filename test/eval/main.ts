// Ten change requests to Claude, judged by code: npm run eval, with ANTHROPIC_API_KEY. It costs money.
import { createTestApp } from "../support/test-app.ts";
import { CASES } from "./cases.ts";
import { runCases } from "./run-cases.ts";

const { ANTHROPIC_API_KEY: key = "", ANTHROPIC_BASE_URL: url } = process.env;
const say = (line: string) => process.stdout.write(`${line}\n`);

if (key.trim() === "") say("not run: no key");
else {
  const environment = { ANTHROPIC_API_KEY: key, ...(url ? { ANTHROPIC_BASE_URL: url } : {}) };
  const t = await createTestApp({ environment });
  try {
    const results = await runCases(t, CASES, ({ id, problem, usd }) =>
      say(
        `${problem === null ? "accepted" : "missed  "} ${id} $${usd.toFixed(4)} ${problem ?? ""}`,
      ),
    );
    const accepted = results.filter(({ problem }) => problem === null).length;
    const cost = results.reduce((sum, { usd }) => sum + usd, 0);
    say(`${accepted} of ${results.length} accepted, $${cost.toFixed(4)}`);
    process.exitCode = accepted === results.length ? 0 : 1;
  } finally {
    await t.close();
  }
}
