import type { webApi } from "@slack/bolt";
import { type ApiBody, type ApiOutcome, outcomeOfError } from "./outcome.ts";
import { errorOfOutcome } from "./refusals.ts";

/** One call of Slack's Web API. Never throws. */
export type CallApi = (method: string, args: ApiBody) => Promise<ApiOutcome>;

/** Calls through the client as it is, which must neither wait nor retry. */
export const createCallApi =
  (client: Pick<webApi.WebClient, "apiCall">): CallApi =>
  async (method, args) => {
    try {
      const body = (await client.apiCall(method, { ...args })) as unknown as ApiBody;
      return { kind: "ok", body };
    } catch (error) {
      return outcomeOfError(error);
    }
  };

/** The body of a call that must go through; throws what `errorOfOutcome` makes of anything else. */
export const bodyOf = async (call: CallApi, method: string, args: ApiBody): Promise<ApiBody> => {
  const outcome = await call(method, args);
  if (outcome.kind === "ok") return outcome.body;
  throw errorOfOutcome(method, outcome);
};
