import { parse } from "yaml";
import { z } from "zod";
import { ConfigError, messageOf } from "../lib/errors.ts";
import { LEVELS } from "./levels.ts";
import { branchProblem, remoteProblem } from "./remote.ts";

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90m", "24h" or "7d" to milliseconds. */
const Duration = z
  .string()
  .regex(/^\d+[mhd]$/, "a duration such as 90m, 24h or 7d")
  .transform((text) => Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0));

export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "lower-case letters, digits and dashes");
/** What a role may let its people do. */
export const RoleScope = z.enum(["read", "run", "approve", "deploy", "admin"]);
export type RoleScope = z.infer<typeof RoleScope>;
export const Roles = z.record(Slug, z.array(RoleScope));

/** One level of the policy; every key is optional, the more specific level wins. */
export const PolicyRules = z.strictObject({
  roles: z.array(Slug).optional(),
  people: z.array(Slug).optional(),
  /** Slack's user groups by id (S…): their members of the moment of a vote. */
  groups: z
    .array(z.string().regex(/^S[A-Z0-9]{1,20}$/, "the id of a Slack user group (S0123ABCD)"))
    .optional(),
  quorum: z.int().min(1).max(10).optional(),
  distinct_roles: z.boolean().optional(),
  self_approval: z.boolean().optional(),
  deadline: Duration.optional(),
  reminders: z.array(Duration).max(5).optional(),
  escalate_to: z.array(z.array(Slug)).optional(),
  on_expiry: z.literal("hold").optional(),
  risk: z.enum(["low", "medium", "high"]).optional(),
  assistant_forms: z.enum(["off", "on"]).optional(),
  min_level: z.record(z.string(), z.enum(LEVELS)).optional(),
  unattested: z.enum(["deny", "allow"]).optional(),
});
export type PolicyRules = z.infer<typeof PolicyRules>;

export const Policy = z.strictObject({
  owner: Slug.optional(),
  default: PolicyRules.prefault({}),
  phases: z.partialRecord(z.enum(["1", "2", "3", "4"]), PolicyRules).prefault({}),
  kinds: z.partialRecord(z.enum(["budget", "release"]), PolicyRules).prefault({}),
  environments: z.record(Slug, PolicyRules).prefault({}),
});
export type Policy = z.infer<typeof Policy>;

const Amounts = z.strictObject({
  usd: z.number().min(0).max(1e5).optional(),
  tokens: z.int().min(0).max(1e9).optional(),
  hours: z.number().min(0).max(720).optional(),
});

/** The remote of pipelines that name none; `{pipeline}` stands for the name, or all would share one repository. */
const DefaultRemote = z.string().superRefine((text, context) => {
  const problem = text.includes("{pipeline}")
    ? remoteProblem(text.replaceAll("{pipeline}", "name"))
    : "the remote must hold {pipeline}, which stands for the pipeline's name";
  if (problem) context.addIssue({ code: "custom", message: problem });
});

/** `mlpipeline.yml`, one per home. Unknown keys are refused. */
export const WorkspaceConfig = z.strictObject({
  workspace: z
    .strictObject({
      version: z.literal(1).default(1),
      name: z.string().min(1).max(60).default("mlpipeline"),
      timezone: z.string().default("UTC"),
    })
    .prefault({}),
  people: z
    .array(
      z.strictObject({
        id: Slug,
        name: z.string().min(1),
        slack: z.array(z.string()).default([]),
        mcp: z.array(z.string()).default([]),
        os: z.array(z.string()).default([]),
        roles: z.array(Slug).default([]),
      }),
    )
    .max(500)
    .default([]),
  roles: Roles.default({}),
  policy: Policy.prefault({}),
  budget: z
    .strictObject({
      run: Amounts.prefault({ usd: 10, tokens: 5_000_000, hours: 24 }),
      phase: Amounts.prefault({ usd: 4, tokens: 2_000_000, hours: 8 }),
      day: Amounts.prefault({ usd: 50 }),
      workspace: Amounts.prefault({ usd: 500 }),
      /** Free words in Slack, a day, within those above. */
      conversation: z.strictObject({ usd: z.number().min(0).max(1e5).default(1) }).prefault({}),
    })
    .prefault({}),
  repository: z
    .strictObject({
      remote: DefaultRemote.nullable().default(null),
      branch: z
        .string()
        .refine((name) => branchProblem(name) === null, "no name that git accepts")
        .default("main"),
    })
    .prefault({}),
  claude: z
    .strictObject({
      use: z.enum(["auto", "off"]).default("auto"),
      /** One model for all specialists in place of the role's own. */
      model: z.string().min(1).max(80).nullable().default(null),
      max_parallel_steps: z.int().min(1).max(7).default(2),
      /** What may leave the house, once the owner has agreed. */
      data: z.enum(["schema", "aggregates", "rows"]).default("aggregates"),
      /** Another address than the vendor's: a gateway, or a server of your own. */
      base_url: z.url().nullable().default(null),
      /** Prices of models that the product does not know; they stand before its own. USD per million tokens. */
      prices: z
        .array(
          z.strictObject({
            model: z.string().min(1).max(80),
            input: z.number().min(0).max(1e4),
            output: z.number().min(0).max(1e4),
            read: z.number().min(0).max(1e4),
            write_5m: z.number().min(0).max(1e4),
            write_1h: z.number().min(0).max(1e4),
          }),
        )
        .max(50)
        .default([]),
    })
    .prefault({}),
  data: z
    .strictObject({
      roots: z.array(z.string()).default(["."]),
      max_bytes: z.int().min(1000).max(1e12).default(5_000_000_000),
      max_columns: z.int().min(2).max(10_000).default(2000),
      /** Whether a dataset may be given as a file in Slack. */
      slack_uploads: z.enum(["on", "off"]).default("on"),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      wall_s: z.int().min(1).max(3600).default(600),
      memory_mb: z.int().min(64).max(65_536).default(4096),
      processes: z.int().min(1).max(512).default(64),
      output_kb: z.int().min(1).max(10_240).default(256),
      install: z.boolean().default(true),
      /** The owner's consent to run blueprint code where no isolation exists. */
      without_isolation: z.boolean().default(false),
    })
    .prefault({}),
  /** The one HTTP listener: Slack in mode http, and what else is reached over HTTP. Only this machine reaches the default. */
  http: z
    .strictObject({
      bind: z.string().min(1).default("127.0.0.1"),
      port: z.int().min(0).max(65_535).default(3000),
      /** Figures for Prometheus on /metrics: counts and ages, no names. */
      metrics: z.boolean().default(false),
    })
    .prefault({}),
  /** Where models are served, by pipeline: its address is asked which model answers, its registry holds the aliases. */
  serving: z
    .record(Slug, z.strictObject({ url: z.url().optional(), registry: z.string().optional() }))
    .default({}),
  /** Local times in which warnings wait for the morning: 22:00-07:00. Critical ones never wait. */
  alerts: z
    .strictObject({
      quiet_hours: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "two times such as 22:00-07:00")
        .nullable()
        .default(null),
    })
    .prefault({}),
  surfaces: z
    .strictObject({
      slack: z
        .strictObject({
          mode: z.enum(["socket", "http"]).default("socket"),
          channel: z.string().nullable().default(null),
          guests: z.enum(["none", "read"]).default("none"),
        })
        .prefault({}),
      mcp: z
        .strictObject({
          /** Serve assistants on the HTTP listener, under /mcp. */
          http: z.boolean().default(false),
          toolsets: z
            .array(z.enum(["core", "monitoring", "registry", "audit"]))
            .min(1)
            .default(["core"]),
          read_only: z.boolean().default(false),
          /** The address that clients use, where it is not this machine's own. */
          public_url: z.url().nullable().default(null),
          /** Further host names that requests may carry. */
          hosts: z.array(z.string()).max(20).default([]),
          /** Requests of one principal; half of it may come at once. */
          rate_per_minute: z.int().min(1).max(1_000_000).default(600),
          /** Tokens of an authorization server; static ones come from MLPIPELINE_MCP_TOKENS. */
          jwt: z
            .strictObject({ issuer: z.url(), jwks_uri: z.url(), audience: z.url() })
            .nullable()
            .default(null),
        })
        .prefault({}),
    })
    .prefault({}),
});
export type WorkspaceConfig = z.infer<typeof WorkspaceConfig>;

/** Parses `mlpipeline.yml`. ConfigError CONFIG_INVALID names every bad key at once; `from` is the file's path. */
export const parseWorkspaceConfig = (text: string, from: string): WorkspaceConfig => {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new ConfigError("CONFIG_INVALID", `${from}: ${messageOf(error)}`, {
      cause: error,
      next: `mend the YAML of ${from}`,
    });
  }
  const result = WorkspaceConfig.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigError("CONFIG_INVALID", `${from}: ${z.prettifyError(result.error)}`, {
    next: `mend these keys of ${from}`,
  });
};
