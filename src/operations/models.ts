import { z } from "zod";
import { DESTROY, defineOperation, type Handler, READ } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

/** Versions of models with their aliases. Never throws for a pipeline without a registry. */
export const modelsSearch = defineOperation({
  name: "models_search",
  title: "Model versions",
  description: "Model versions of a pipeline's registry: aliases, metric, hash.",
  scope: "pipeline:read",
  toolset: "registry",
  annotations: READ,
  input: z.strictObject({
    pipeline: z.string().optional(),
    limit: z.int().min(1).max(50).default(10),
  }),
  output: z.strictObject({
    models: z.array(
      z.strictObject({
        pipeline: z.string(),
        version: z.string(),
        aliases: z.array(z.string()),
        stage: z.string(),
        metric: z.number().optional(),
        hash: z.string(),
        accepted: z.boolean(),
      }),
    ),
    next: z.array(z.string()),
  }),
});

const Asked = z.strictObject({
  approval_id: z.string(),
  run_id: z.string(),
  said: z.string(),
  next: z.array(z.string()),
});

const input = z.strictObject({
  pipeline: z.string(),
  version: z.string().optional(),
  idempotency_key: z.string().max(120).optional(),
});

/** Asks people to make a version champion. Throws NOT_BUILT_HERE, VERSION_UNKNOWN, UNREACHABLE_QUORUM. */
export const modelPromote = defineOperation({
  name: "model_promote",
  title: "Promote a model",
  description: "Ask people to serve another version (default: the challenger). Opens an approval.",
  scope: "pipeline:deploy",
  toolset: "registry",
  annotations: DESTROY,
  input,
  output: Asked,
});

/** Asks people to serve the version before, or a named one. Throws as model_promote does. */
export const modelRollback = defineOperation({
  name: "model_rollback",
  title: "Roll a model back",
  description: "Ask people to serve an earlier version (default: the previous). Opens an approval.",
  scope: "pipeline:deploy",
  toolset: "registry",
  annotations: DESTROY,
  input,
  output: Asked,
});

type Deps = Pick<CatalogDeps, "releases">;

export const createModelsSearch =
  ({ releases }: Deps): Handler<typeof modelsSearch> =>
  async ({ limit, pipeline }) => {
    const found = await releases.models(pipeline ?? null);
    return {
      models: found.slice(0, limit).map(({ accepted, aliases, metric, modelHash, ...one }) => ({
        pipeline: one.pipeline,
        version: one.version,
        aliases: [...aliases],
        stage: one.stage,
        ...(metric === null ? {} : { metric }),
        hash: modelHash,
        accepted,
      })),
      next: ["model_promote", "model_rollback"],
    };
  };

const asks =
  ({ releases }: Deps, action: "promote" | "rollback"): Handler<typeof modelPromote> =>
  async ({ idempotency_key, pipeline, version }, { actor, key: given }) => {
    const key = idempotency_key ?? given;
    const asked = await releases.ask({ pipeline, action, version: version ?? null }, actor, key);
    return {
      approval_id: asked.approvalId,
      run_id: asked.runId,
      said: "People decide it; nothing was changed yet.",
      next: ["approvals_list"],
    };
  };

export const createModelPromote = (deps: Deps): Handler<typeof modelPromote> =>
  asks(deps, "promote");
export const createModelRollback = (deps: Deps): Handler<typeof modelRollback> =>
  asks(deps, "rollback");
