import { z } from "zod";
import { BugError, isProductError, UserInputError } from "../lib/errors.ts";
import { refusalOf } from "./authorize.ts";
import type { Call, Definition, Handler, Operation } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

type Deps = Pick<CatalogDeps, "audit" | "workspace" | "nowMs">;

/** Refusals that say who may not do something, as against what cannot be done now. */
const REFUSALS: ReadonlySet<string> = new Set([
  "UNKNOWN_PERSON",
  "NOT_ALLOWED",
  "NOT_AN_APPROVER",
  "SELF_APPROVAL",
  "PEOPLE_ONLY",
  "OWNER_ONLY",
  "MODEL_MAY_NOT_VOTE",
  "FORM_NOT_ALLOWED",
  "CODE_INVALID",
]);

const subjectOf = (input: unknown): string => {
  const named = (input ?? {}) as Readonly<Record<string, unknown>>;
  const subject = named.approval ?? named.run_id ?? named.person ?? named.level ?? "-";
  return String(subject).slice(0, 100);
};

const auditRefusal = async (
  { audit, nowMs }: Deps,
  definition: Definition,
  raw: unknown,
  call: Call,
  error: unknown,
): Promise<void> => {
  if (definition.annotations.readOnlyHint || !isProductError(error)) return;
  if (!REFUSALS.has(error.code)) return;
  await audit.append({
    action: `Refused.${definition.name}`,
    subject: subjectOf(raw),
    detail: { code: error.code, account: call.actor.ref },
    runId: null,
    actor: call.actor,
    nowMs: nowMs(),
  });
};

const parse = <D extends Definition>(definition: D, raw: unknown): z.output<D["input"]> => {
  const input = definition.input.safeParse(raw ?? {});
  if (input.success) return input.data as z.output<D["input"]>;
  throw new UserInputError("INVALID_INPUT", z.prettifyError(input.error), {
    next: `${definition.name} with the fields of its description`,
  });
};

/**
 * Ties a definition to its handler and its scope. A write that is refused to somebody stands in the audit log. UserInputError
 * UNKNOWN_PERSON, NOT_ALLOWED, NOT_AN_APPROVER, PEOPLE_ONLY; INVALID_INPUT names every bad field; a wrong output is BugError.
 */
export const createBind =
  (deps: Deps) =>
  <D extends Definition>(definition: D, handler: Handler<D>): Operation => ({
    definition,
    run: async (raw, call) => {
      try {
        const refusal = refusalOf(definition, call.actor, await deps.workspace.access(call.actor));
        if (refusal) throw refusal;
        const output = definition.output.safeParse(await handler(parse(definition, raw), call));
        if (output.success) return output.data;
        throw new BugError(
          "OUTPUT_INVALID",
          `${definition.name}: ${z.prettifyError(output.error)}`,
        );
      } catch (error) {
        await auditRefusal(deps, definition, raw, call, error);
        throw error;
      }
    },
  });
