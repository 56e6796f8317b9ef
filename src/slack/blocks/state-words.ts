import { money } from "./elements.ts";

const SPELLED: Readonly<Record<string, string>> = {
  "ml-engineer": "ML engineer",
  "mlops-engineer": "MLOps engineer",
};

/** "data-scientist" as people read it: "Data scientist". */
export const roleTitle = (key: string): string => {
  const words = key.replaceAll("-", " ");
  return SPELLED[key] ?? words.charAt(0).toUpperCase() + words.slice(1);
};

/** "changes_requested" and the like in words. */
export const stateWords = (status: string): string => status.replaceAll("_", " ");

const PAUSES: Readonly<Record<string, string>> = {
  manual: "by a person",
  budget: "the budget is used up",
  blocked: "it needs a person",
};

/** Where a run stands, in words. */
export const runWords = (status: string, pauses: readonly string[]): string => {
  switch (status) {
    case "running":
      return "running";
    case "paused":
      return `paused (${pauses.map((pause) => PAUSES[pause] ?? pause).join(", ")})`;
    default:
      return stateWords(status);
  }
};

/** How a vote was proved, in words. */
export const attestedWords = (attested: string): string => {
  switch (attested) {
    case "slack":
      return "in Slack";
    case "code":
      return "with a code from Slack";
    case "client":
      return "in an assistant's form";
    default:
      return "in a terminal, not proved";
  }
};

const MINUTE_MS = 60_000;

/** Time between two moments: "3 min", "2 h 5 min", "4 d". */
export const elapsed = (fromIso: string, toIso: string): string => {
  const minutes = Math.max(0, Math.round((Date.parse(toIso) - Date.parse(fromIso)) / MINUTE_MS));
  if (Number.isNaN(minutes)) return "an unknown time";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / (24 * 60))} d`;
};

const MS_PER_HOUR = 3_600_000;

/** An amount in the unit of its scope: money, tokens or hours. */
export const scopedAmount = (scope: string, value: number): string => {
  if (scope.endsWith(".usd")) return money(value);
  return scope.endsWith(".ms")
    ? `${(value / MS_PER_HOUR).toFixed(1)} h`
    : `${Math.round(value)} tokens`;
};
