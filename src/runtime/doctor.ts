import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { type PriceTable, priceOf } from "../agents/prices.ts";
import { messageOf } from "../lib/errors.ts";
import { ROLES } from "../spec/roles.ts";
import { consentedLevel, hasConsent } from "./claude/consent.ts";
import type { RuntimeDeps } from "./deps.ts";

/** One thing that was looked at. `next` says what to do where it is not as it should be. */
export interface DoctorFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
  readonly next: string | null;
}

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

const claude = async (deps: RuntimeDeps): Promise<readonly DoctorFinding[]> => {
  const { budget, claude: wanted } = deps.config;
  const line = (what: string, said: string, next: string | null = null): DoctorFinding => ({
    what,
    ok: next === null,
    said,
    next,
  });
  if (deps.claude === null || wanted.use === "off")
    return [
      line(
        "claude",
        wanted.use === "off" ? "off (claude.use)" : "no key: drafts are submitted as they are",
      ),
    ];
  const models = [...new Set(ROLES.map(deps.claude.modelOf))];
  const unpriced = models.filter(
    (model) => priceOf(deps.claude?.prices ?? NO_PRICES, model, deps.clock.nowMs(), 0) === null,
  );
  const agreed = await consentedLevel(deps);
  const limit = (name: string, usd: number | undefined) =>
    `${name} ${usd === undefined ? "none" : `$${usd}`}`;
  return [
    line("claude", `a key is set; models ${models.join(", ")}`),
    ...(await describeModels(deps, models)),
    line(
      "claude prices",
      unpriced.length === 0
        ? `known (${deps.claude.prices.version})`
        : `none for ${unpriced.join(", ")}`,
      unpriced.length === 0 ? null : "add a row to claude.prices, or choose a priced model",
    ),
    line(
      "claude data",
      `${wanted.data}; agreed to: ${agreed ?? "nothing yet"}`,
      (await hasConsent(deps)) ? null : `the owner says: mlpipeline consent ${wanted.data}`,
    ),
    line(
      "claude limits",
      [
        limit("run", budget.run.usd),
        limit("phase", budget.phase.usd),
        limit("day", budget.day.usd),
        limit("month", budget.workspace.usd),
      ].join(", "),
    ),
  ];
};

const NO_PRICES: PriceTable = { version: "none", rows: [] };
const ASK_MS = 5_000;

/** What the server says of each model; where it cannot be asked, why. */
const describeModels = async (
  { claude: deps }: RuntimeDeps,
  models: readonly string[],
): Promise<readonly DoctorFinding[]> => {
  const client = await deps?.open();
  return Promise.all(
    models.map(async (model): Promise<DoctorFinding> => {
      const said = (await client?.describe(model, AbortSignal.timeout(ASK_MS))) ?? null;
      if (said === null)
        return { what: model, ok: true, said: "the server has no list of models", next: null };
      if ("code" in said)
        return {
          what: model,
          ok: false,
          said: `${said.code}: ${said.message}`,
          next: "mend ANTHROPIC_API_KEY or claude.base_url",
        };
      const retired = said.lifecycle === "retired" || said.lifecycle === "deprecated";
      return {
        what: model,
        ok: said.lifecycle !== "retired",
        said: `${said.lifecycle ?? "known"}, answers of up to ${said.maxTokens ?? "?"} tokens`,
        next: retired ? "name another model in claude.model" : null,
      };
    }),
  );
};

/** Looks at the home, the machine and the surfaces, and says what to do about each thing that is missing. */
export const examine = async (
  deps: RuntimeDeps,
  workerSaid: () => Promise<string>,
): Promise<readonly DoctorFinding[]> => [
  { what: "node", ok: true, said: process.version, next: null },
  await home(deps),
  { what: "worker", ok: true, said: await workerSaid(), next: null },
  ...(await bench(deps)),
  slack(deps),
  ...(await claude(deps)),
];
