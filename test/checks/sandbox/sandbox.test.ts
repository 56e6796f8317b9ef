import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createSandbox } from "../../../src/checks/sandbox/create-sandbox.ts";
import { probeSandbox } from "../../../src/checks/sandbox/probe-sandbox.ts";
import type { SandboxProbe } from "../../../src/checks/sandbox/types.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { sandboxContract } from "../../support/sandbox-contract.ts";

const folder = await mkdtemp(join(tmpdir(), "mlpipeline-probe-"));
const deps = {
  path: process.env.PATH ?? "",
  folder,
  clock: systemClock,
  uid: process.getuid?.() ?? 0,
};
const probes: readonly SandboxProbe[] = [
  await probeSandbox(deps, ["bubblewrap"]),
  await probeSandbox(deps, ["namespaces"]),
];
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(probes.filter((probe) => probe.kind !== "none"))("isolation by $kind", (probe) =>
  sandboxContract(probe),
);

test("a kind that is not there is named with the reason", () => {
  for (const probe of probes.filter((one) => one.kind === "none")) {
    expect(probe.why).toMatch(/^(bubblewrap|namespaces): .{5,}/);
  }
  expect(probes).toHaveLength(2);
});

test("bubblewrap is not used by root, whom it cannot limit", async () => {
  const probe = await probeSandbox({ ...deps, uid: 0 }, ["bubblewrap"]);
  expect(probe.kind).toBe("none");
});

test("a program named bwrap that isolates nothing is not taken for isolation", async () => {
  const { chmod, mkdir, writeFile } = await import("node:fs/promises");
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(
    join(bin, "bwrap"),
    '#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done; shift; exec "$@"\n',
  );
  await chmod(join(bin, "bwrap"), 0o755);
  const probe = await probeSandbox({ ...deps, uid: 1000, path: `${bin}:${deps.path}` }, [
    "bubblewrap",
  ]);
  expect(probe.kind).toBe("none");
});

describe("without isolation", () => {
  const none: SandboxProbe = { kind: "none", version: null, why: "tried in a test", programs: {} };
  const sandbox = createSandbox({ probe: none, folder, clock: systemClock });
  const echo = { command: "echo", args: ["ran"], cwd: folder };

  test("code that a model wrote never runs, whatever the owner agreed to", async () => {
    const outcome = await sandbox.run({ ...echo, origin: "model", consent: true });
    expect(outcome).toMatchObject({
      status: "refused",
      why: expect.stringContaining("never runs"),
    });
  });

  test("a blueprint's code runs only with the owner's consent", async () => {
    expect(await sandbox.run({ ...echo, origin: "blueprint", consent: false })).toMatchObject({
      status: "refused",
    });
    expect(await sandbox.run({ ...echo, origin: "blueprint", consent: true })).toMatchObject({
      status: "ran",
      stdout: "ran\n",
    });
  });
});
