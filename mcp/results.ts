import type { CallToolResult, ResourceLink } from "@modelcontextprotocol/server";
import { isProductError } from "../src/lib/errors.ts";
import type { NewId } from "../src/lib/id.ts";
import type { Log } from "../src/lib/log.ts";
import { oneLine } from "./clean-text.ts";

/** Text and structure hold the same facts: some hosts show a model only the one, some only the other. */
export const success = (
  data: Record<string, unknown>,
  links: readonly ResourceLink[] = [],
): CallToolResult => ({
  content: [{ type: "text", text: JSON.stringify(data) }, ...links],
  structuredContent: data,
});

/** `CODE: what happened. Next: tool(arguments)` */
export const failure = (code: string, what: string, next: string): CallToolResult => ({
  isError: true,
  content: [
    {
      type: "text",
      text: `${code}: ${oneLine(what).replace(/\.$/, "")}. Next: ${callOf(oneLine(next))}`,
    },
  ],
});

// A bare name of an operation is a call without arguments.
const callOf = (next: string): string => (/^[a-z]+_[a-z_]+$/.test(next) ? `${next}()` : next);

const expectation = (expected: string | undefined, got: string | undefined): string =>
  expected === undefined ? "" : `. Expected ${expected}, got ${got ?? "nothing"}`;

/** What went wrong in our own words. Only what a caller can mend is told; all else is logged under the reference that is given. */
export const translate = (
  error: unknown,
  tool: string,
  { log, newId }: { readonly log: Log; readonly newId: NewId },
): CallToolResult => {
  if (isProductError(error) && error.kind === "input")
    return failure(
      error.code,
      `${error.message.replace(/\.$/, "")}${expectation(error.expected, error.got)}`,
      error.next || "pipeline_status",
    );
  const reference = newId().slice(-8);
  log.error("a tool call failed", {
    tool,
    reference,
    code: isProductError(error) ? error.code : "BUG",
    error: String(error),
  });
  if (isProductError(error) && error.kind === "retryable")
    return failure(
      "ENGINE_UNAVAILABLE",
      `the store cannot be used right now (${error.code}, reference ${reference}); nothing was changed`,
      `${tool} again in ${Math.max(1, Math.ceil(error.retryAfterMs / 1000))} s`,
    );
  if (isProductError(error) && error.kind === "config")
    return failure(
      "ENGINE_UNAVAILABLE",
      `the home cannot be used (${error.code}, reference ${reference}); nothing was changed`,
      "ask a person to run mlpipeline doctor",
    );
  return failure(
    "BUG",
    `something of ours broke and was logged under reference ${reference}`,
    "pipeline_status",
  );
};
