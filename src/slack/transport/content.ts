import { sha256 } from "../../lib/hash.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { Effect } from "../port.ts";
import type { Priority } from "./lanes.ts";
import type { ApiBody } from "./outcome.ts";

/** The type of the metadata that every post of ours carries; the manifest subscribes to it. */
export const EFFECT_EVENT = "mlpipeline_effect";

/** What people wait for goes first, progress last. */
const DECISIONS = new Set(["handoff", "budget", "release", "decision", "blocked"]);
export const priorityOf = ({ kind }: Effect): Priority =>
  DECISIONS.has(kind) ? 0 : kind === "run" ? 2 : 1;

/** Text and blocks as a call's arguments. Blocks are always named, or an edit to text alone would leave the old ones. */
export const contentOf = ({ blocks, text }: Rendered): ApiBody => ({ text, blocks });

/** Readable by every app of the workspace, so it holds a key, a kind and a number and nothing else. */
export const metadataOf = (effect: Effect): ApiBody => ({
  metadata: {
    event_type: EFFECT_EVENT,
    event_payload: { effect_key: effect.key, kind: effect.kind, revision: effect.revision },
  },
});

// A block's id is new on every update, so it says nothing about what is shown.
const withoutIds = (key: string, value: unknown): unknown =>
  key === "block_id" ? undefined : value;

/** Equal for renderings that look the same. */
export const renderingHash = ({ blocks, text }: Rendered): string =>
  sha256(JSON.stringify([text, blocks], withoutIds));
