import type { Rendered } from "../blocks/rendered.ts";
import type { ApiOutcome } from "./outcome.ts";

/** What Slack says where a workspace does not have a kind of block, or not so much of it. */
const LACKING = new Set([
  "invalid_blocks",
  "invalid_blocks_format",
  "msg_blocks_too_long",
  "unsupported_block",
]);
const REMEMBER_MS = 86_400_000;

const kindsOf = (rendered: Rendered): ReadonlySet<string> =>
  new Set(rendered.blocks.map((block) => String(block.type)));

/** Sends a message in the richest form that the workspace takes, and remembers for a day what it refused. */
export interface Degrade {
  readonly send: (
    rendered: Rendered,
    call: (form: Rendered) => Promise<ApiOutcome>,
  ) => Promise<ApiOutcome>;
}

/**
 * A refused form is followed by its `fallback`, and the last one by its text alone, which says the same in sentences. The
 * kinds of block that the refused form had and its fallback has not are not tried again before a day is over.
 */
export const createDegrade = (nowMs: () => number): Degrade => {
  const refusedUntil = new Map<string, number>();
  const isRefused = (form: Rendered): boolean =>
    [...kindsOf(form)].some((kind) => (refusedUntil.get(kind) ?? 0) > nowMs());
  const remember = (refused: Rendered, plainer: Rendered) => {
    const kept = kindsOf(plainer);
    for (const kind of kindsOf(refused))
      if (!kept.has(kind)) refusedUntil.set(kind, nowMs() + REMEMBER_MS);
  };
  const send: Degrade["send"] = async (rendered, call) => {
    const { fallback } = rendered;
    if (fallback && isRefused(rendered)) return send(fallback, call);
    const outcome = await call(rendered);
    if (outcome.kind !== "refused" || !LACKING.has(outcome.code) || rendered.blocks.length === 0)
      return outcome;
    if (fallback) {
      const plainer = await send(fallback, call);
      if (plainer.kind === "ok") remember(rendered, fallback);
      return plainer;
    }
    return call({ text: rendered.text, blocks: [] });
  };
  return { send };
};
