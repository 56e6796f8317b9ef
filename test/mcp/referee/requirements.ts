import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { createTestApp } from "../../support/test-app.ts";
import { serveFixtures } from "../fixtures/serve-fixtures.ts";
import { refereed, type Verdict } from "./refereed.ts";

const REVISIONS = ["2025-11-25", "2026-07-28"] as const;
const SETS = join(
  import.meta.dirname,
  "node_modules",
  "@modelcontextprotocol",
  "conformance",
  "requirements",
);

interface RequirementSet {
  readonly server: readonly string[];
  readonly not_scored: readonly {
    readonly scenario: string;
    readonly leg: string;
    readonly reason: string;
  }[];
}

interface Counted {
  readonly passed: number;
  readonly failed: number;
}

const countsIn = (out: string): ReadonlyMap<string, Counted> =>
  new Map(
    [...out.matchAll(/^[✓✗] ([\w-]+): (\d+) passed, (\d+) failed$/gm)].map(
      ([, name, passed, failed]) => [
        String(name),
        { passed: Number(passed), failed: Number(failed) },
      ],
    ),
  );

const said = (counted: Counted | undefined): string =>
  counted === undefined ? "did not run" : `${counted.passed} passed, ${counted.failed} failed`;

/** A scenario that checked nothing has shown nothing, so it does not count as passed. */
const verdictOf = (name: string, counted: Counted | undefined): Verdict => ({
  name,
  ok: counted !== undefined && counted.failed === 0 && counted.passed > 0,
  said: said(counted),
});

/** What both revisions require of a server, on the product's surface with the suite's fixtures; what is not scored is told with its reason. */
export const requirements = async (
  dir: string,
): Promise<{ readonly verdicts: readonly Verdict[]; readonly notScored: readonly string[] }> => {
  const t = await createTestApp({ workspace: "surfaces: {mcp: {http: true}}" });
  const served = await serveFixtures(t);
  const verdicts: Verdict[] = [];
  const notScored: string[] = [];
  for (const revision of REVISIONS) {
    const set = parse(await readFile(join(SETS, `${revision}.yaml`), "utf8")) as RequirementSet;
    const whole = await refereed(
      `requirements ${revision}`,
      "conformance",
      ["server", "--url", `${served.url}/mcp`, "--requirements", revision],
      dir,
    );
    const counts = countsIn(whole.out);
    verdicts.push(whole);
    for (const scenario of set.server)
      verdicts.push(verdictOf(`fixtures: ${scenario} ${revision}`, counts.get(scenario)));
    for (const { leg, reason, scenario } of set.not_scored)
      if (leg === "server")
        notScored.push(`${scenario} ${revision} (${reason}): ${said(counts.get(scenario))}`);
  }
  await served.close();
  await t.close();
  return { verdicts, notScored };
};
