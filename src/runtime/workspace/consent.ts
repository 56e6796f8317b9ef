import { DATA_LEVELS, type DataLevel } from "../../agents/tools/tool.ts";
import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { Json } from "../../store/rows.ts";
import { CONSENT_SETTING, consentedLevel } from "../claude/consent.ts";
import { accessOf } from "./access.ts";
import { commitWorkspace, type WorkspaceDeps } from "./identity.ts";

/** What the configuration wants to send to Claude, what the owner agreed to, and whether that covers it. */
export interface ConsentView {
  readonly wanted: DataLevel;
  readonly agreed: DataLevel | null;
  readonly by: string | null;
  readonly atMs: number | null;
  readonly covered: boolean;
}

interface Kept {
  readonly by?: unknown;
  readonly atMs?: unknown;
}

export const readConsent = async (
  deps: Pick<WorkspaceDeps, "store" | "config">,
): Promise<ConsentView> => {
  const agreed = await consentedLevel(deps);
  const kept = ((await deps.store.settings.get(CONSENT_SETTING)) ?? {}) as Kept;
  const wanted = deps.config.claude.data;
  return {
    wanted,
    agreed,
    by: agreed !== null && typeof kept.by === "string" ? kept.by : null,
    atMs: agreed !== null && typeof kept.atMs === "number" ? kept.atMs : null,
    covered: agreed !== null && DATA_LEVELS.indexOf(wanted) <= DATA_LEVELS.indexOf(agreed),
  };
};

/**
 * The owner agrees that data up to a level may go to Claude, or (null) to nothing any more; audited, and it holds for attempts that
 * begin later. UserInputError OWNER_ONLY for anybody else.
 */
export const setConsent = async (
  deps: WorkspaceDeps,
  level: DataLevel | null,
  actor: Actor,
  key: string,
): Promise<void> => {
  const { owner } = await accessOf(deps, actor);
  if (actor.person === null || actor.person !== owner)
    throw new UserInputError("OWNER_ONLY", "only the owner agrees to what leaves the house", {
      next: `ask ${owner || "whoever claims this home"}`,
    });
  const value: Json = { level: level ?? "none", by: actor.person, atMs: deps.clock.nowMs() };
  await commitWorkspace<true>(deps, { actor, key, payload: { consent: level } }, () => ({
    answer: true,
    settings: [{ key: CONSENT_SETTING, value }],
    audit: [{ action: "DataConsent", subject: level ?? "none", detail: value }],
  }));
};
