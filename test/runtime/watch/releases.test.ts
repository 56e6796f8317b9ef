import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckResult } from "../../../src/runtime/watch/deps.ts";
import { createTestApp, START, type TestApp } from "../../support/test-app.ts";

const PATIENCE = 120_000;
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

let t: TestApp;
let server: Server;
let registry: string;
let runId: string;

const championFile = async () =>
  JSON.parse(await readFile(join(registry, "registry.json"), "utf8")) as {
    aliases: Record<string, string>;
    versions: Record<string, { model_hash: string }>;
    history: { action: string; approval?: string }[];
  };

/** A service that follows the registry's alias, as the generated one does. */
const serve = () =>
  createServer((_request, response) => {
    void championFile().then(({ aliases, versions }) => {
      const version = aliases.champion ?? "";
      const body = { model_version: version, model_hash: versions[version]?.model_hash };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

const layRegistry = async () => {
  const versions: Record<string, object> = {};
  for (const version of ["7", "8"]) {
    await mkdir(join(registry, version), { recursive: true });
    await writeFile(join(registry, version, "model.joblib"), `model ${version}`);
    const files = { "model.joblib": hash(`model ${version}`) };
    await writeFile(join(registry, version, "meta.json"), JSON.stringify({ files }));
    versions[version] = { stage: "prod", model_hash: hash(`model ${version}`), metric: 0.7 };
  }
  const state = { aliases: { champion: "8", previous: "7" }, versions, history: [] };
  await writeFile(join(registry, "registry.json"), JSON.stringify(state));
};

const fallen = (firing: boolean): CheckResult => ({
  measures: [],
  state: null,
  verdicts: [
    {
      monitor: "birdstrikes-performance",
      cause: "performance",
      subject: "roc_auc",
      segment: null,
      rule: "realised_metric",
      level: firing ? "critical" : "ok",
      firing,
      windowEnd: 1,
      since: firing ? 1 : null,
      reasons: ["roc_auc is .61, below its band of .70 to .76"],
      evidence: {},
      inhibitedBy: null,
      restated: false,
      digestOnly: false,
    },
  ],
});
let healthy = false;

beforeAll(async () => {
  server = serve();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  t = await createTestApp({
    workspace: `
policy: {default: {self_approval: true, min_level: {training: unverified, tests: unverified, else: unverified}}, environments: {prod: {self_approval: true, unattested: allow}}}
serving: {birdstrikes: {url: "http://127.0.0.1:${port}", registry: models}}
`,
    environment: {},
    app: { runCheck: async () => fallen(!healthy) },
  });
  registry = join(t.config.homeDir, "models");
  await layRegistry();
  const started = (await t.call("run_start", START)) as unknown as { run_id: string };
  runId = started.run_id;
  for (;;) {
    const still = await t.drive(runId);
    if (still.kind !== "handoff") break;
    await t.approve(still.approvalId);
  }
  await t.app.watch.start(
    { kind: "files", name: "birdstrikes", reference: "x", current: "y" },
    t.owner,
    "start",
  );
}, PATIENCE);

afterAll(async () => {
  await t.close();
  await new Promise((resolve) => server.close(resolve));
});

const approve = async (approval: string) => {
  await t.call("approval_vote", { approval, decision: "approve" });
  await t.app.releases.tick(t.app.deps.clock.nowMs());
};

test(
  "a fallen metric is rolled back once people approved, the served hash is checked, and the incident resolves",
  async () => {
    await t.app.watch.checkNow("birdstrikes-drift", "one");
    const [open] = (
      (await t.call("alerts_list", {})) as unknown as { incidents: { incident: string }[] }
    ).incidents;
    const incident = open?.incident ?? "";
    const asked = (await t.call("alert_resolve", {
      incident,
      action: "rollback",
    })) as unknown as { approval_id: string };
    await t.app.releases.tick(t.app.deps.clock.nowMs());
    expect((await championFile()).aliases.champion).toBe("8"); // nothing moves before people decide
    await approve(asked.approval_id);
    const after = await championFile();
    expect(after.aliases).toEqual({ champion: "7", previous: "8" });
    await t.app.releases.tick(t.app.deps.clock.nowMs());
    expect((await championFile()).history).toHaveLength(1); // done once
    const told = (await t.call("incident_get", { incident })) as unknown as {
      releases: { outcome: string }[];
    };
    expect(told.releases.at(-1)?.outcome).toMatch(
      /Rolled back to version 7 \(before: version 8\).*answers with it after/,
    );
    healthy = true;
    await t.app.watch.checkNow("birdstrikes-drift", "two");
    const { state } = (await t.call("incident_get", { incident })) as unknown as { state: string };
    expect(state).toBe("resolved");
  },
  PATIENCE,
);

test(
  "a version whose files were altered is not served, whoever approved it",
  async () => {
    const before = (await championFile()).aliases.champion;
    await writeFile(join(registry, "8", "model.joblib"), "something else");
    const asked = (await t.call("model_promote", {
      pipeline: "birdstrikes",
      version: "8",
    })) as unknown as { approval_id: string };
    await approve(asked.approval_id);
    expect((await championFile()).aliases.champion).toBe(before);
    const row = await t.app.store.watch.release(asked.approval_id);
    expect(row).toMatchObject({ state: "failed" });
    expect(row?.said).toContain("not the file that was registered");
    await expect(
      t.call("model_promote", { pipeline: "birdstrikes", version: "99" }),
    ).rejects.toMatchObject({ code: "VERSION_UNKNOWN" });
  },
  PATIENCE,
);

test(
  "an approved retraining is a new run on a new snapshot, whose unchanged phase 1 passes under that approval",
  async () => {
    healthy = false;
    await t.app.watch.checkNow("birdstrikes-drift", "three");
    const { incidents } = (await t.call("alerts_list", {})) as unknown as {
      incidents: { incident: string }[];
    };
    const asked = (await t.call("alert_resolve", {
      incident: incidents[0]?.incident ?? "",
      action: "retrain",
    })) as unknown as { approval_id: string };
    await approve(asked.approval_id);
    const row = await t.app.store.watch.release(asked.approval_id);
    expect(row?.said).toMatch(/Retraining started as birdstrikes-2 .*passes under this approval/);
    const found = await t.app.store.runs.find("birdstrikes-2");
    const run = found !== null && !("candidates" in found) ? found.runId : "";
    const still = await t.drive(run);
    const state = await t.app.store.runs.state(run);
    expect(state.phases[1]).toMatchObject({ status: "done", approvalId: asked.approval_id });
    expect(still.kind).toBe("handoff");
    expect(state.phases[2].status).toBe("awaiting_approval");
  },
  PATIENCE,
);
