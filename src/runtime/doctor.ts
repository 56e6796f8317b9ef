import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { messageOf } from "../lib/errors.ts";
import { examineClaude } from "./claude/examine-claude.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { DoctorFinding } from "./doctor-finding.ts";

const TOOLS = ["git", "make", "helm", "terraform", "promtool"] as const;
const REQUIRED: readonly string[] = ["git"];

const home = async (deps: RuntimeDeps): Promise<DoctorFinding> => {
  const { dir } = deps.home;
  try {
    await access(dir, constants.W_OK);
    return { what: "home", ok: true, said: dir, next: null };
  } catch (error) {
    return {
      what: "home",
      ok: false,
      said: messageOf(error),
      next: `make ${dir} writable or set MLPIPELINE_HOME`,
    };
  }
};

const bench = async (deps: RuntimeDeps): Promise<readonly DoctorFinding[]> => {
  const { python, sandbox, tools } = await deps.workbench();
  const found = await Promise.all(
    TOOLS.map(async (name): Promise<DoctorFinding> => {
      const tool = await tools.find(name);
      const ok = tool !== null || !REQUIRED.includes(name);
      const said = tool
        ? `${tool.version} (${tool.path})`
        : "not installed; its checks run weaker or are skipped";
      return { what: name, ok, said, next: ok ? null : `install ${name}` };
    }),
  );
  const isolated = sandbox.probe.kind !== "none";
  return [
    {
      what: "python",
      ok: python.ok,
      said: python.ok
        ? `${python.version} (${python.path})`
        : `${python.why}; models are not trained inside a run`,
      next: python.ok ? null : "install Python 3.11 or newer",
    },
    {
      what: "sandbox",
      ok: isolated,
      said: isolated
        ? `${sandbox.probe.kind} ${sandbox.probe.version ?? ""}`
        : (sandbox.probe.why ?? "none"),
      next: isolated
        ? null
        : "install bubblewrap, or allow user namespaces; without isolation set sandbox.without_isolation after reading what it means",
    },
    ...found,
  ];
};

const slack = ({ config, slackConfigured, slackMissing }: RuntimeDeps): DoctorFinding => {
  const { mode } = config.surfaces.slack;
  if (slackConfigured)
    return { what: "slack", ok: true, said: `mode ${mode}, its secrets are set`, next: null };
  const missing = slackMissing.length === 0 ? "" : `: ${slackMissing.join(" and ")} not set`;
  return {
    what: "slack",
    ok: mode === "socket", // the default; nobody asked for Slack yet
    said: `not connected (mode ${mode})${missing}`,
    next: mode === "socket" ? null : "run mlpipeline serve: it says where each secret is found",
  };
};

/** Looks at the home, the machine, the surfaces, and by `online` at what they talk to, and says what to do about each thing that is missing. */
export const examine = async (
  deps: RuntimeDeps,
  workerSaid: () => Promise<string>,
  online: () => Promise<readonly DoctorFinding[]>,
): Promise<readonly DoctorFinding[]> => [
  { what: "node", ok: true, said: process.version, next: null },
  await home(deps),
  { what: "worker", ok: true, said: await workerSaid(), next: null },
  ...(await bench(deps)),
  slack(deps),
  ...(await examineClaude(deps)),
  ...(await online()),
];
