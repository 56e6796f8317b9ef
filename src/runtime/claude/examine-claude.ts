import { type PriceTable, priceOf } from "../../agents/prices.ts";
import { ROLES } from "../../spec/roles.ts";
import type { RuntimeDeps } from "../deps.ts";
import type { DoctorFinding } from "../doctor-finding.ts";
import { consentedLevel, hasConsent } from "./consent.ts";

/** Whether key, model, price, data setting and limits are good; the key is never shown. */
export const examineClaude = async (deps: RuntimeDeps): Promise<readonly DoctorFinding[]> => {
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
