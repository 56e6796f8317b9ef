import type { Role } from "../spec/roles.ts";

/** Which model does which specialist's work, unless `claude.model` names another for all. Nothing else ever changes it. */
export const MODEL_OF: Readonly<Record<Role, string>> = {
  "data-engineer": "claude-sonnet-5-5",
  "data-scientist": "claude-opus-5-5",
  "ml-engineer": "claude-sonnet-5-5",
  "python-pro": "claude-sonnet-5-5",
  "mlops-engineer": "claude-sonnet-5-5",
  "kubernetes-architect": "claude-opus-5-5",
  "observability-engineer": "claude-sonnet-5-5",
};

/** Which model answers free words in Slack. */
export const CONVERSATION_MODEL = "claude-haiku-5-5";
