import type { Breaker } from "../../agents/breaker.ts";
import type { Claude } from "../../agents/claude.ts";
import type { PriceTable } from "../../agents/prices.ts";
import type { Role } from "../../spec/roles.ts";

/** Claude as the runtime has it. `open` constructs the client at its first call, never before someone may use it. */
export interface ClaudeDeps {
  readonly open: () => Promise<Claude>;
  /** The role's model, or the one that `claude.model` names for all. */
  readonly modelOf: (role: Role) => string;
  readonly prices: PriceTable;
  readonly breaker: Breaker;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}
