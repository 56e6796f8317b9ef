import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDockerfile } from "../src/checks/parse-dockerfile.ts";
import { createBench } from "./support/check-input.ts";

let bench: Awaited<ReturnType<typeof createBench>>;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.dispose());

const COPIED = /^COPY (?!--from)(.+) \S+$/gm;

test("the product's Dockerfile passes the check that it holds generated ones to", async () => {
  const text = await readFile("Dockerfile", "utf8");
  const sources = [...text.matchAll(COPIED)].flatMap((match) => (match[1] ?? "").split(" "));
  const files = Object.fromEntries(sources.map((path) => [path.replace(/^\.\//, ""), "x"]));
  const result = await parseDockerfile.run(await bench.input({ ...files, Dockerfile: text }));
  expect(result.findings).toEqual([]);
  expect(result.levels.map(({ path }) => path)).toContain("Dockerfile");
});

test("the image runs as a user of its own, with a health check, and holds what the package ships", async () => {
  const text = await readFile("Dockerfile", "utf8");
  const last = text.slice(text.lastIndexOf("\nFROM "));
  expect(last).toMatch(/^USER \d+$/m);
  expect(last).toMatch(/^HEALTHCHECK /m);
  const { files } = JSON.parse(await readFile("package.json", "utf8")) as { files: string[] };
  // Scripts only serve the installation, which the first stage did.
  for (const path of files.filter((one) => one !== "scripts")) expect(last).toContain(`/${path}`);
});

test("the service keeps to its own folder and leaves its sandbox the namespaces it needs", async () => {
  const lines = (await readFile("packaging/mlpipeline.service", "utf8"))
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  for (const line of [
    "User=mlpipeline",
    "NoNewPrivileges=true",
    "ProtectSystem=strict",
    "ProtectHome=true",
    "CapabilityBoundingSet=",
    "UMask=0077",
  ])
    expect(lines).toContain(line);
  expect(lines.some((line) => /^(RestrictNamespaces|MemoryDenyWriteExecute)=/.test(line))).toBe(
    false,
  );
  const stop = lines.find((line) => line.startsWith("TimeoutStopSec="));
  expect(Number(stop?.split("=")[1])).toBeGreaterThan(10);
});
