import { DATA_LEVELS, type DataLevel } from "../../agents/tools/tool.ts";
import type { RuntimeDeps } from "../deps.ts";

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
