import {
  createRequestStateCodec,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { sha256 } from "../src/lib/hash.ts";
import type { Asked } from "./approval.ts";

/** Seals what a form was asked about, and opens it again when the answer comes back. */
export type FormState = Pick<RequestStateCodec<Asked>, "mint" | "verify">;

/** A form that nobody answered in ten minutes is asked again. */
const TTL_SECONDS = 600;

/**
 * Signed with a key that follows from the home's own, so that every process of the home opens what another sealed; bound to the
 * method and to whoever was asked.
 */
export const createFormState = (
  homeKey: string,
  principalOf: (context: ServerContext) => string,
): FormState =>
  createRequestStateCodec<Asked>({
    key: sha256(`mlpipeline/mcp/request-state/${homeKey}`),
    ttlSeconds: TTL_SECONDS,
    bind: (context) => `${context.mcpReq.method}\0${principalOf(context)}`,
  });
