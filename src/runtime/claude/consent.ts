import { DATA_LEVELS, type DataLevel } from "../../agents/tools/tool.ts";
import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { RuntimeDeps } from "../deps.ts";
import { OWNER_SETTING } from "../people.ts";
import { commitWorkspace, type WorkspaceDeps } from "../workspace/identity.ts";

/** The setting that holds what the owner agreed may leave the house. */
export const CONSENT_SETTING = "claude.consent";

/** The level that the owner agreed to, or null. */
export const consentedLevel = async (
  deps: Pick<RuntimeDeps, "store">,
): Promise<DataLevel | null> => {
  const kept = (await deps.store.settings.get(CONSENT_SETTING)) as {
    readonly level?: string;
  } | null;
  return DATA_LEVELS.find((level) => level === kept?.level) ?? null;
};

/** Whether what the configuration wants to send is covered: a higher level than was agreed to asks again. */
export const hasConsent = async (deps: Pick<RuntimeDeps, "store" | "config">): Promise<boolean> => {
  const agreed = await consentedLevel(deps);
  return (
    agreed !== null && DATA_LEVELS.indexOf(deps.config.claude.data) <= DATA_LEVELS.indexOf(agreed)
  );
};

/**
 * Records what the owner lets out of the house, once; a lower level is agreed to with a higher one. Null takes the consent back.
 * UserInputError OWNER_ONLY.
 */
export const setConsent = async (
  deps: WorkspaceDeps,
  level: DataLevel | null,
  actor: Actor,
  key: string,
): Promise<void> => {
  await commitWorkspace<true>(deps, { actor, key, payload: level }, (loaded) => {
    const setting = loaded.reads.setting(OWNER_SETTING);
    const owner = deps.config.policy.owner ?? setting;
    if (actor.person === null || actor.person !== owner || actor.model)
      throw new UserInputError("OWNER_ONLY", "only the owner says what may leave the house", {
        next: `ask ${typeof owner === "string" && owner !== "" ? owner : "whoever claims this home"}`,
      });
    const value = level === null ? null : { level, by: actor.person, at: deps.clock.nowMs() };
    return {
      answer: true,
      settings: [{ key: CONSENT_SETTING, value }],
      audit: [{ action: "ClaudeConsent", subject: level ?? "taken back" }],
    };
  });
};
