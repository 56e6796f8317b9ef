type Level = "executed" | "compiled" | "parsed" | "unverified";

/** Who may decide an approval and how, resolved from default < phase or kind < environment and copied into it when it opens. */
export interface ResolvedPolicy {
  readonly version: string;
  readonly owner: string;
  readonly roles: readonly string[];
  readonly people: readonly string[];
  readonly quorum: number;
  readonly distinctRoles: boolean;
  readonly selfApproval: boolean;
  /** Raises (never lowers) the risk that follows from phase or kind. */
  readonly risk: "low" | "medium" | "high" | null;
  readonly assistantForms: boolean;
  /** Minimum verification level per deliverable; the key `else` holds for all others. */
  readonly minLevel: Readonly<Record<string, Level>>;
  readonly deadlineMs: number;
  /** Milliseconds after the opening, ascending. */
  readonly reminders: readonly number[];
  /** People of each escalation level, in order. */
  readonly escalateTo: readonly (readonly string[])[];
  readonly unattested: "deny" | "allow";
  readonly environment: string | null;
}
