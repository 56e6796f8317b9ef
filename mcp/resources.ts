import {
  type CacheHint,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  type Resource,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Actor } from "../src/engine/command.ts";
import { isProductError } from "../src/lib/errors.ts";
import type { NewId } from "../src/lib/id.ts";
import type { Log } from "../src/lib/log.ts";
import type { FindCaller } from "./caller.ts";
import {
  deliverableIds,
  filePaths,
  openApprovals,
  pageNames,
  phases,
  pipelineNames,
  runNames,
} from "./completions.ts";
import { mustMayRead } from "./reads.ts";
import {
  approvalContent,
  type Content,
  type ContentDeps,
  deliverableContent,
  eventsContent,
  fileContent,
  handoffContent,
  operationContent,
  pipelinesContent,
} from "./resource-content.ts";

export interface ResourceDeps extends ContentDeps {
  readonly findCaller: FindCaller;
  /** Whether whoever this server was made for may read runs. */
  readonly mayRead: () => Promise<boolean>;
  readonly log: Log;
  readonly newId: NewId;
}

const LIVE: CacheHint = { ttlMs: 0, cacheScope: "private" };
/** What ships with the product, and what a run has accepted, does not change under its address for a day. */
const KEPT: CacheHint = { ttlMs: 86_400_000, cacheScope: "private" };
const MOST_CHARS = 24_000;
const LISTED = 50;

type Values = Readonly<Record<string, string>>;
type ReadContent = (values: Values, actor: Actor) => Promise<Content>;
type Complete = NonNullable<ConstructorParameters<typeof ResourceTemplate>[1]["complete"]>;

/** One kind of address. Without `template` its uri is whole. */
interface Kind {
  readonly name: string;
  readonly uri: string;
  readonly title: string;
  readonly cache: CacheHint;
  readonly read: ReadContent;
  readonly complete?: Complete;
  readonly list?: () => Promise<Resource[]>;
}

// Variables arrive percent-encoded; what cannot be decoded names nothing.
const decoded = (variables: Readonly<Record<string, string | string[]>>): Values | null => {
  try {
    return Object.fromEntries(
      Object.entries(variables).map(([key, value]) => [
        key,
        decodeURIComponent(Array.isArray(value) ? value.join("/") : value),
      ]),
    );
  } catch {
    return null;
  }
};

const cut = (text: string): string =>
  text.length > MOST_CHARS
    ? `${text.slice(0, MOST_CHARS)}\n… cut here; deliverable_read gives the rest by offset`
    : text;

const resultOf = (uri: string, content: Content): ReadResourceResult => ({
  ...(content.accepted ? KEPT : {}),
  contents: [
    {
      uri,
      mimeType: content.mimeType,
      text: cut(content.text),
      ...(content.untrusted ? { _meta: { "mlpipeline/untrusted": true } } : {}),
    },
  ],
});

/** Reads for the caller and lets nothing of ours out: what cannot be had is not found, what broke is logged under a reference. */
const reader =
  (deps: ResourceDeps, read: ReadContent) =>
  async (uri: URL, values: Values | null, context: ServerContext): Promise<ReadResourceResult> => {
    try {
      if (values === null) throw new ResourceNotFoundError(uri.href);
      const { actor } = await deps.findCaller(context.http?.authInfo);
      await mustMayRead(deps.reads, actor);
      return resultOf(uri.href, await read(values, actor));
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      if (isProductError(error) && error.kind === "input")
        throw new ResourceNotFoundError(uri.href);
      const reference = deps.newId().slice(-8);
      deps.log.error("a resource could not be read", { reference, error: String(error) });
      throw new ProtocolError(ProtocolErrorCode.InternalError, `BUG, reference ${reference}`);
    }
  };

const pageKind = (
  name: string,
  uri: string,
  title: string,
  pages: ContentDeps["reads"]["briefs"],
): Kind => ({
  name,
  uri: `${uri}/{page}`,
  title,
  cache: KEPT,
  complete: { page: (typed) => pageNames(pages, typed) },
  list: async () =>
    pages.map((page) => ({
      uri: `${uri}/${page.name}`,
      name: page.name,
      title: page.title,
      mimeType: "text/markdown",
      annotations: { priority: 0.3 },
    })),
  read: async ({ page }) => {
    const found = pages.find((one) => one.name === page);
    if (found === undefined) throw new ResourceNotFoundError(`${uri}/${page}`);
    return { mimeType: "text/markdown", text: found.text, untrusted: false };
  },
});

const liveKinds = (deps: ResourceDeps): readonly Kind[] => {
  const { reads } = deps;
  const run = { run_id: (typed: string) => runNames(reads, typed) };
  return [
    {
      name: "pipelines",
      uri: "mlpipeline://pipelines",
      title: "Pipelines of this home",
      cache: LIVE,
      read: () => pipelinesContent(deps),
    },
    {
      name: "run",
      uri: "mlpipeline://runs/{run_id}",
      title: "Where one run stands",
      cache: LIVE,
      complete: run,
      list: async () =>
        (await reads.runs.search({ limit: LISTED })).items.map((one) => ({
          uri: `mlpipeline://runs/${one.runId}`,
          name: one.name,
          mimeType: "application/json",
          annotations: { priority: 0.8, lastModified: new Date(one.changedAt).toISOString() },
        })),
      read: ({ run_id = "" }, actor) =>
        operationContent(deps, "pipeline_status", { run_id }, actor, false),
    },
    {
      name: "run events",
      uri: "mlpipeline://runs/{run_id}/events",
      title: "What happened in a run",
      cache: LIVE,
      complete: run,
      read: ({ run_id = "" }) => eventsContent(deps, run_id),
    },
    {
      name: "handoff",
      uri: "mlpipeline://runs/{run_id}/phases/{phase}/handoff",
      title: "The evidence of a phase",
      cache: LIVE,
      complete: { ...run, phase: phases },
      read: ({ phase = "", run_id = "" }, actor) => handoffContent(deps, run_id, phase, actor),
    },
    {
      name: "approval",
      uri: "mlpipeline://approvals/{approval_id}",
      title: "One approval",
      cache: LIVE,
      complete: { approval_id: (typed) => openApprovals(reads, typed) },
      list: async () =>
        (await reads.approvals.list({ limit: LISTED })).map((one) => ({
          uri: `mlpipeline://approvals/${one.approvalId}`,
          name: `${one.runName} ${one.phase === null ? one.kind : `handoff ${one.phase}`}`,
          mimeType: "application/json",
          annotations: { priority: 1, lastModified: new Date(one.openedAtMs).toISOString() },
        })),
      read: ({ approval_id = "" }) => approvalContent(deps, approval_id),
    },
    {
      name: "drift",
      uri: "mlpipeline://monitoring/{pipeline}/drift",
      title: "Drift of a watched pipeline",
      cache: LIVE,
      complete: { pipeline: (typed) => pipelineNames(reads, typed) },
      read: ({ pipeline = "" }, actor) =>
        operationContent(deps, "monitor_drift", { model: pipeline }, actor, true),
    },
  ];
};

const fileKinds = (deps: ResourceDeps): readonly Kind[] => {
  const { reads } = deps;
  const complete: Complete = {
    run_id: (typed) => runNames(reads, typed),
    deliverable_id: (typed, context) => deliverableIds(reads, context?.arguments?.run_id, typed),
  };
  return [
    {
      name: "deliverable",
      uri: "mlpipeline://runs/{run_id}/deliverables/{deliverable_id}",
      title: "A deliverable: its file, or the list of its files",
      cache: LIVE,
      complete,
      read: ({ deliverable_id = "", run_id = "" }) =>
        deliverableContent(deps, run_id, deliverable_id),
    },
    {
      name: "file",
      uri: "mlpipeline://runs/{run_id}/deliverables/{deliverable_id}/{+path}",
      title: "One file of a deliverable",
      cache: LIVE,
      complete: {
        ...complete,
        path: (typed, context) =>
          filePaths(reads, context?.arguments?.run_id, context?.arguments?.deliverable_id, typed),
      },
      read: ({ deliverable_id = "", path = "", run_id = "" }) =>
        fileContent(deps, run_id, deliverable_id, path),
    },
  ];
};

// Names of runs and files are told only to those who may read them.
const guarded = (complete: Complete, mayRead: ResourceDeps["mayRead"]): Complete =>
  Object.fromEntries(
    Object.entries(complete).map(([name, offer]): [string, Complete[string]] => [
      name,
      async (typed, context) => ((await mayRead()) ? offer(typed, context) : []),
    ]),
  );

const register = (mcp: McpServer, deps: ResourceDeps, kind: Kind): void => {
  const { cache, complete, list, name, title, uri } = kind;
  const read = reader(deps, kind.read);
  const config = { title, cacheHint: cache };
  if (!uri.includes("{")) {
    mcp.registerResource(name, uri, config, (at, context) => read(at, {}, context));
    return;
  }
  const template = new ResourceTemplate(uri, {
    list:
      list === undefined
        ? undefined
        : async () => ({ resources: (await deps.mayRead()) ? await list() : [] }),
    ...(complete === undefined ? {} : { complete: guarded(complete, deps.mayRead) }),
  });
  mcp.registerResource(name, template, config, (at, variables, context) =>
    read(at, decoded(variables), context),
  );
};

/** Adds everything under `mlpipeline://` to a server. */
export const registerResources = (mcp: McpServer, deps: ResourceDeps): void => {
  const kinds = [
    ...fileKinds(deps),
    ...liveKinds(deps),
    pageKind("brief", "mlpipeline://briefs", "What a specialist must deliver", deps.reads.briefs),
    pageKind("knowledge", "mlpipeline://knowledge", "A worked example", deps.reads.knowledge),
  ];
  for (const kind of kinds) register(mcp, deps, kind);
};
