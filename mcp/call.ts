import type { CallToolResult, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { NewId } from "../src/lib/id.ts";
import type { Log } from "../src/lib/log.ts";
import type { Definition, Operation } from "../src/operations/define.ts";
import type { Caller } from "./caller.ts";
import { cleanValue } from "./clean-text.ts";
import type { KeyOf } from "./keys.ts";
import { linksOf } from "./links.ts";
import { withProgress } from "./progress.ts";
import { failure, success, translate } from "./results.ts";
import { CONCISE_TOKENS, excessOf, MOST_TOKENS, shorten } from "./shorten.ts";

export interface CallDeps {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly keyOf: KeyOf;
  readonly log: Log;
  readonly newId: NewId;
}

type Input = Readonly<Record<string, unknown>>;
type Data = Record<string, unknown>;

/** Does one tool call and never throws: what cannot be done is an answer with its code and the next call. */
export type CallTool = (
  definition: Definition,
  raw: Input,
  caller: Caller,
  context: ServerContext,
) => Promise<CallToolResult>;

/** Inputs that make an answer smaller, with the least they may be. */
const PAGES = [
  ["limit", 1],
  ["max_chars", 200],
] as const;
const MAX_TRIES = 6;

const boundOf = (input: Input): number =>
  input.detail === "detailed" || input.max_chars !== undefined ? MOST_TOKENS : CONCISE_TOKENS;

/** How many items the longest list of an answer holds: a page may be asked for larger than what there is. */
const itemsIn = (data: Data): number =>
  Math.max(0, ...Object.values(data).map((value) => (Array.isArray(value) ? value.length : 0)));

/** The input of a smaller page of the same answer; null where there is none. */
const smaller = (
  definition: Definition,
  input: Input,
  data: Data,
  excess: number,
): Input | null => {
  const parsed = definition.input.safeParse(input);
  const known = (parsed.data ?? {}) as Input;
  for (const [name, least] of PAGES) {
    const now = known[name];
    if (typeof now !== "number" || now <= least) continue;
    const given = name === "limit" ? Math.min(now, itemsIn(data)) : now;
    return { ...input, [name]: Math.max(least, Math.floor((given / excess) * 0.9)) };
  }
  return null;
};

const marked = ({ untrusted }: Definition, data: Data): Data =>
  untrusted === undefined || "untrusted" in data ? data : { ...data, untrusted };

/** The answer within its bounds: asked for again in smaller pages where it can be, else shortened. */
const sized = async (
  definition: Definition,
  given: Input,
  run: (input: Input) => Promise<unknown>,
): Promise<Data> => {
  const most = boundOf(given);
  let input = given;
  for (let tries = 0; ; tries++) {
    const data = marked(definition, cleanValue(await run(input)) as Data);
    const excess = excessOf(data, most);
    if (excess <= 1) return data;
    const next =
      definition.annotations.readOnlyHint && tries < MAX_TRIES
        ? smaller(definition, input, data, excess)
        : null;
    if (next === null) return shorten(data, most, "ask for less at a time");
    input = next;
  }
};

const MAX_INPUT_CHARS = 200_000;

const problemOf = (definition: Definition, input: Input): string | null => {
  if (JSON.stringify(input).length > MAX_INPUT_CHARS) return "the arguments are too long";
  const parsed = definition.input.safeParse(input);
  return parsed.success ? null : z.prettifyError(parsed.error);
};

const withoutKey = ({ idempotency_key: _key, ...rest }: Input): Input => rest;

/** Ties calls to operations: keys, sizes, marks and errors. Calls of one key that are in flight at once are one. */
export const createCall = (deps: CallDeps): CallTool => {
  const inFlight = new Map<string, Promise<Data>>();
  const once = (key: string, work: () => Promise<Data>): Promise<Data> => {
    const running = inFlight.get(key);
    if (running !== undefined) return running;
    const started = work().finally(() => inFlight.delete(key));
    inFlight.set(key, started);
    return started;
  };
  return async (definition, raw, caller, context) => {
    const operation = deps.operations.get(definition.name);
    const problem = problemOf(definition, raw);
    if (problem !== null || operation === undefined)
      return failure(
        "INVALID_INPUT",
        problem ?? "no such operation",
        `${definition.name} with arguments as its input schema says`,
      );
    try {
      const key = await deps.keyOf(caller.principal, definition.name, raw);
      const { signal } = context.mcpReq;
      const run = (input: Input) => operation.run(input, { actor: caller.actor, key, signal });
      const work = () => sized(definition, withoutKey(raw), run);
      const data = await withProgress(context, definition.title, () =>
        definition.annotations.readOnlyHint ? work() : once(key, work),
      );
      return success(data, linksOf(definition.name, data));
    } catch (error) {
      return translate(error, definition.name, deps);
    }
  };
};
