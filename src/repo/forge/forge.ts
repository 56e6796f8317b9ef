/** What a pull request says. `head` and `base` are branches of the same repository. */
export interface RequestContent {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/** Where a pull request stands, or why there is none, as one sentence with what to do. */
export type RequestOutcome =
  | { readonly ok: true; readonly url: string; readonly number: number }
  | { readonly ok: false; readonly message: string; readonly next: string };

/** A forge's REST API. `putRequest` finds the open request of `head` into `base`, edits it, or opens one; repeats change nothing. */
export interface Forge {
  readonly putRequest: (content: RequestContent) => Promise<RequestOutcome>;
}

/** One answer of a forge: the status and the parsed body (null where it was no JSON). */
export interface ForgeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends one request; never throws: an unreachable forge has status 0 and the words of the error as body. */
export type CallForge = (
  method: "GET" | "POST" | "PATCH" | "PUT",
  path: string,
  body?: Readonly<Record<string, unknown>>,
) => Promise<ForgeAnswer>;

const wordsOf = (body: unknown): string => {
  if (typeof body === "string") return body;
  const { errors, message } = (body ?? {}) as {
    readonly errors?: unknown;
    readonly message?: unknown;
  };
  const details = Array.isArray(errors)
    ? errors.map((one) => (one as { readonly message?: unknown } | null)?.message ?? one)
    : [];
  return [message, ...details]
    .filter((one) => one !== undefined && one !== null)
    .map((one) => (typeof one === "string" ? one : JSON.stringify(one)))
    .join("; ");
};

const NEXT: Readonly<Record<number, string>> = {
  0: "check the network; it is tried again with the next delivery",
  401: "renew the token: the forge does not know it",
  403: "give the token the right to open pull requests in this repository",
  404: "give the token access to this repository, or mend its address",
  429: "nothing: it is tried again with the next delivery",
};

/** An answer that was not expected, in words for a person. `name` is what the forge calls itself. */
export const forgeFault = (
  name: string,
  answer: ForgeAnswer,
  next?: string,
): RequestOutcome & { readonly ok: false } => ({
  ok: false,
  message:
    answer.status === 0
      ? `${name} cannot be reached: ${wordsOf(answer.body)}`.slice(0, 300)
      : `${name} answered ${answer.status}: ${wordsOf(answer.body) || "no reason given"}`.slice(
          0,
          300,
        ),
  next: next ?? NEXT[answer.status] ?? "see what the forge says, and open the request by hand",
});
