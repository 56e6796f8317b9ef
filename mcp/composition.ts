import { join } from "node:path";
import type { ServerContext } from "@modelcontextprotocol/server";
import type { LoggedEvent } from "../src/engine/event.ts";
import type { RunState } from "../src/engine/state.ts";
import type { Clock } from "../src/lib/clock.ts";
import type { NewId } from "../src/lib/id.ts";
import type { Log } from "../src/lib/log.ts";
import type { Operation } from "../src/operations/define.ts";
import type {
  ApprovalReader,
  PeopleReader,
  PipelineReader,
  RunReader,
  Workspace,
} from "../src/operations/ports.ts";
import type { Brief } from "../src/spec/brief.ts";
import type { FindCaller } from "./caller.ts";
import { createFormState } from "./form-state.ts";
import { type Guide, readGuides, readPages, watchFolder } from "./guides.ts";
import { createKeyOf, type KeyDeps } from "./keys.ts";
import type { Offer } from "./offer.ts";
import type { BriefSummary } from "./prompts.ts";
import type { Reads } from "./reads.ts";
import type { McpDeps } from "./server.ts";
import { createWatch, type Watch, type WatchDeps } from "./watch.ts";

/** What the composed product gives this surface; met structurally by the app. */
export interface Composition {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly runtime: {
    readonly files: Reads["files"]["list"];
    readonly file: Reads["files"]["read"];
    readonly workspace: Pick<Workspace, "access">;
    readonly slackOn: () => Promise<boolean>;
  };
  readonly store: {
    readonly runs: RunReader;
    readonly approvals: ApprovalReader;
    readonly pipelines: PipelineReader;
    readonly people: PeopleReader;
    readonly keys: { readonly get: KeyDeps["storedKey"] };
    readonly events: {
      readonly since: (
        runId: string,
        seq: number,
        limit?: number,
      ) => Promise<readonly LoggedEvent[]>;
      readonly maxSeq: WatchDeps["maxSeq"];
      readonly changedSince: WatchDeps["changedSince"];
    };
  };
  readonly deps: {
    readonly log: Log;
    readonly newId: NewId;
    readonly clock: Clock;
    readonly version: string;
    readonly prompts: { readonly briefs: Readonly<Record<string, Brief>> };
  };
}

const briefText = (brief: Brief): string =>
  `# ${brief.title}\n\nPhase ${brief.phase}. Deliverables: ${brief.deliverables.map((one) => one.id).join(", ")}.\n\n${brief.prose}\n`;

const firstSentence = (prose: string): string =>
  /^[^.]+\./.exec(prose.replace(/\s+/g, " "))?.[0] ?? "";

const summaryOf = (brief: Brief): BriefSummary => ({
  role: brief.role,
  title: brief.title,
  phase: brief.phase,
  deliverables: brief.deliverables.map((one) => one.id),
  summary: firstSentence(brief.prose),
});

const readsOf = (app: Composition, knowledge: Reads["knowledge"]): Reads => ({
  runs: app.store.runs,
  approvals: app.store.approvals,
  events: app.store.events,
  files: { list: app.runtime.files, read: app.runtime.file },
  pipelines: app.store.pipelines,
  access: app.runtime.workspace.access,
  knowledge,
  briefs: Object.values(app.deps.prompts.briefs).map((brief) => ({
    name: brief.role,
    title: brief.title,
    text: briefText(brief),
  })),
});

const approvalsOf = (state: RunState): readonly string[] =>
  Object.keys(state.approvals).map((id) => `mlpipeline://approvals/${id}`);

/** Tells of everything that happens in any run of the home. */
export const watchOf = ({ deps, store }: Composition): Watch =>
  createWatch({
    maxSeq: store.events.maxSeq,
    changedSince: store.events.changedSince,
    addressesOf: async (runId) => {
      const found = await store.runs.find(runId);
      const names = found === null || "candidates" in found ? [runId] : [runId, found.name];
      const own = names.flatMap((name) => [
        `mlpipeline://runs/${name}`,
        `mlpipeline://runs/${name}/events`,
      ]);
      return [...own, ...approvalsOf(await store.runs.state(runId))];
    },
    onError: (error) => deps.log.warn("mcp could not look for changes", { error: String(error) }),
  });

export interface SurfaceOptions {
  readonly findCaller: FindCaller;
  /** Who calls, as it stands in seals of forms; known without looking anything up. */
  readonly principalOf: (context: ServerContext) => string;
  /** The home's own key, 64 hexadecimal digits. */
  readonly homeKey: string;
  readonly offer: Offer;
  /** The folder that holds `guides` and `knowledge`. */
  readonly promptsDir: string;
  readonly watch: Watch | null;
}

/** What every transport's server is made from; who calls is the transport's own to say. */
export const mcpDepsOf = async (app: Composition, options: SurfaceOptions): Promise<McpDeps> => {
  const { findCaller, homeKey, offer, principalOf, promptsDir, watch } = options;
  const folder = join(promptsDir, "guides");
  const kept: { guides: readonly Guide[] } = { guides: await readGuides(folder) };
  const { clock, log, newId, prompts, version } = app.deps;
  return {
    operations: app.operations,
    findCaller,
    offer,
    keyOf: createKeyOf({
      storedKey: app.store.keys.get,
      changedSince: async (runId, seq) =>
        (await app.store.events.since(runId, seq)).some(
          ({ actor }) => actor.via !== "worker" && actor.via !== "monitor",
        ),
      nowMs: clock.nowMs,
    }),
    state: createFormState(homeKey, principalOf),
    people: app.store.people,
    slackOn: app.runtime.slackOn,
    version,
    log,
    newId,
    reads: readsOf(app, await readPages(join(promptsDir, "knowledge"))),
    briefs: Object.values(prompts.briefs).map(summaryOf),
    guides: () => kept.guides,
    guidesChanged: (changed) =>
      watchFolder(folder, () => {
        readGuides(folder)
          .then((guides) => {
            kept.guides = guides;
            changed();
          })
          .catch((error) => log.warn("a guide cannot be read", { error: String(error) }));
      }),
    watch,
  };
};
