import { sha256 } from "../lib/hash.ts";
import type { Facts } from "../spec/facts.ts";
import { ROLES, type Role } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { Prompts } from "./blueprint.ts";
import type { DraftInput, PlanRole } from "./draft.ts";
import { collectLeftOut } from "./left-out.ts";
import { renderStep } from "./render.ts";

/** Dotted paths of what a step read; `section.*` where it looked at a section as a whole. */
type Seen = Set<string>;

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The same value, noting what is read down to `depth` keys. What lies deeper counts as read with its parent. */
const watch = <T extends object>(value: T, depth: number, path: string, seen: Seen): T =>
  new Proxy(value, {
    get: (target, key, receiver) => {
      const inner: unknown = Reflect.get(target, key, receiver);
      if (typeof key === "symbol") return inner;
      const own = path === "" ? key : `${path}.${key}`;
      if (depth > 1 && isRecord(inner)) return watch(inner, depth - 1, own, seen);
      seen.add(own);
      return inner;
    },
    ownKeys: (target) => {
      seen.add(path === "" ? "*" : `${path}.*`);
      return Reflect.ownKeys(target);
    },
  });

const valueAt = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .filter((key) => key !== "*")
    .reduce(
      (at: unknown, key) => (isRecord(at) ? (at as Record<string, unknown>)[key] : at),
      value,
    );

const pick = (value: object, seen: Seen) =>
  [...seen].sort().map((path) => [path, valueAt(value, path) ?? null] as const);

interface ReadInput {
  readonly prompts: Prompts;
  readonly plans: Readonly<Record<Role, PlanRole>>;
  readonly spec: PipelineSpec;
  readonly facts: Facts;
  readonly names: DraftInput["names"];
}

/** What one role's draft reads of spec and facts; paths of the spec have two keys, those of the facts one. */
export interface RoleReads {
  readonly spec: readonly string[];
  readonly facts: readonly string[];
  /** Of the paths and their values: equal hashes mean that the draft comes out the same, as far as spec and facts decide it. */
  readonly hash: string;
}

/**
 * What each role reads, found by rendering its draft over the drafts before it. A draft depends on nothing but what it reads, so a step
 * whose values are the same under another spec has nothing to do. Never throws for a template that fails: such a role reads everything.
 */
export const findReads = ({
  facts,
  names,
  plans,
  prompts,
  spec,
}: ReadInput): Readonly<Record<Role, RoleReads>> => {
  const upstream = new Map<string, string>();
  const reads = ROLES.map((role): readonly [Role, RoleReads] => {
    const [ofSpec, ofFacts]: readonly [Seen, Seen] = [new Set(), new Set()];
    const input: DraftInput = {
      spec: watch(spec, 2, "", ofSpec),
      facts: watch(facts, 1, "", ofFacts),
      names,
      upstream,
      comments: [],
    };
    try {
      const brief = prompts.briefs[role];
      const { files, parts } = renderStep(prompts, brief, input, plans);
      collectLeftOut(prompts, brief, input.spec, parts, []);
      for (const [path, text] of files) upstream.set(path, text);
    } catch {
      // The step itself will fail with the template's error; until then any change concerns it.
      ofSpec.add("*");
      ofFacts.add("*");
    }
    // Both come out of one schema, so their keys stand in one order; canonical JSON knows no fractions.
    const hash = sha256(JSON.stringify([pick(spec, ofSpec), pick(facts, ofFacts)]));
    return [role, { spec: [...ofSpec].sort(), facts: [...ofFacts].sort(), hash }];
  });
  return Object.fromEntries(reads) as Record<Role, RoleReads>;
};
