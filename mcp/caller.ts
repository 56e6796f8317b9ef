import type { AuthInfo } from "@modelcontextprotocol/server";
import type { Actor } from "../src/engine/command.ts";
import type { Scope } from "../src/operations/define.ts";

/**
 * In whose name a call comes. `principal` stands in idempotency keys and logs; `scopes` null: the person's roles alone decide.
 * `proved`: the transport itself verified who it is, so that an answer in a form may count as that person's.
 */
export interface Caller {
  readonly actor: Actor;
  readonly principal: string;
  readonly scopes: readonly Scope[] | null;
  readonly proved: boolean;
}

/** Finds out who calls, from what the transport verified. Every call is chosen by a language model; only a verified answer in a form is not. */
export type FindCaller = (auth: AuthInfo | undefined) => Promise<Caller>;

export const allows = ({ scopes }: Caller, wanted: Scope | null): boolean =>
  scopes === null || wanted === null || scopes.includes(wanted);
