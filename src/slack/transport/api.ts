import type { webApi } from "@slack/bolt";
import type { Priority } from "./lanes.ts";
import { type ApiBody, type ApiOutcome, outcomeOfError } from "./outcome.ts";
import { errorOfOutcome } from "./refusals.ts";

/** How a call waits for its turn. `channel` is the one it posts to or edits in, which has a lane of its own. */
export interface CallManner {
  readonly channel?: string;
  readonly priority?: Priority;
  /** 10 seconds unless given; a person's click cannot wait that long. */
  readonly patienceMs?: number;
}

/** One call of Slack's Web API. Never throws. */
export type CallApi = (method: string, args: ApiBody, manner?: CallManner) => Promise<ApiOutcome>;

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
export const mustCall = async (
  call: CallApi,
  method: string,
  args: ApiBody,
  manner?: CallManner,
): Promise<ApiBody> => {
  const outcome = await call(method, args, manner);
  if (outcome.kind === "ok") return outcome.body;
  throw errorOfOutcome(method, outcome);
};
