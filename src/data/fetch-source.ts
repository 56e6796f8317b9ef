import { createWriteStream } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isProductError, messageOf, RetryableError } from "../lib/errors.ts";
import { refuse } from "./refuse.ts";

/** How far a download may go. `roots` are the prefixes of addresses that may be read. */
export interface FetchLimits {
  readonly roots: readonly string[];
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Signed addresses and keys in a query are credentials too. */
const SECRET = /[?&][a-z_-]*(sig|signature|token|secret|password|passwd|key)=/i;
const MOST_REDIRECTS = 3;
const RETRY_MS = 60_000;

/** An address without what may be secret in it: user, password, query and fragment. */
export const plainAddress = (address: string): string => {
  try {
    const url = new URL(address);
    return `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return "an address that cannot be read";
  }
};

/** A prefix allows what lies below it: the host must be the same, and the path go on behind a slash. */
const isUnder = (address: URL, root: string): boolean => {
  if (!/^https?:\/\//i.test(root)) return false;
  const prefix = new URL(root);
  const path = prefix.pathname.endsWith("/") ? prefix.pathname : `${prefix.pathname}/`;
  return (
    address.origin === prefix.origin &&
    (address.pathname === prefix.pathname || address.pathname.startsWith(path))
  );
};

const allowed = (address: string, { roots }: FetchLimits): URL => {
  const url = new URL(address);
  if (url.username !== "" || url.password !== "" || SECRET.test(url.search)) {
    throw refuse("SOURCE_CREDENTIAL", {
      message: "The address of the source holds a user or a password.",
      expected: "an address without credentials, because it stands in documents",
      got: plainAddress(address),
      next: "Take it out of the address; give a credential variable where the source needs one.",
    });
  }
  if (roots.some((root) => isUnder(url, root))) return url;
  throw refuse("SOURCE_NOT_ALLOWED", {
    message: "The address of the source is not among those that may be read.",
    expected: "an address below one of data.roots",
    got: plainAddress(address),
    next: `Add it to data.roots in mlpipeline.yml: ${url.origin}/`,
  });
};

const down = (address: string, why: string, cause?: unknown): RetryableError =>
  new RetryableError("SOURCE_DOWN", `The source ${plainAddress(address)} cannot be read: ${why}.`, {
    retryAfterMs: RETRY_MS,
    expected: "an answer",
    got: why,
    next: "Try again later, or give the data as a file.",
    cause,
  });

const checkAnswer = (address: string, answer: Response): void => {
  if (answer.ok) return;
  if (answer.status === 401 || answer.status === 403) {
    throw refuse("SOURCE_REFUSED", {
      message: "The source refuses to be read.",
      expected: "an address that may be read as it is",
      got: `${answer.status} from ${plainAddress(address)}`,
      next: "Check the credential of this source, or give the data as a file.",
    });
  }
  if (answer.status === 404 || answer.status === 410) {
    throw refuse("DATA_NOT_FOUND", {
      message: "There is nothing at the address of the source.",
      expected: "a table",
      got: `${answer.status} from ${plainAddress(address)}`,
      next: "Check the address.",
    });
  }
  throw down(address, `it answered ${answer.status}`);
};

/** The answer behind redirects, each of which must be allowed too: an allowed host must not lead to another one. */
const follow = async (
  address: string,
  limits: FetchLimits,
  token: string | null,
  signal: AbortSignal,
) => {
  let url = allowed(address, limits);
  for (let step = 0; step <= MOST_REDIRECTS; step++) {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(url, { redirect: "manual", signal, headers });
    const next = answer.headers.get("location");
    if (answer.status < 300 || answer.status >= 400 || next === null) return answer;
    await answer.body?.cancel();
    url = allowed(new URL(next, url).toString(), limits);
  }
  throw down(address, `it redirects more than ${MOST_REDIRECTS} times`);
};

const tooLarge = (address: string, { maxBytes }: FetchLimits) =>
  refuse("DATA_TOO_LARGE", {
    message: "The source is larger than the limit.",
    expected: `at most ${maxBytes} bytes`,
    got: plainAddress(address),
    next: "Raise data.max_bytes in mlpipeline.yml, or give a sample.",
  });

/**
 * Downloads an http(s) address into `folder` and gives the file's path; the name ends as the address does. `token` is sent as a bearer.
 * UserInputError SOURCE_NOT_ALLOWED, SOURCE_CREDENTIAL, SOURCE_REFUSED, DATA_NOT_FOUND, DATA_TOO_LARGE, DATA_TRUNCATED; RetryableError
 * SOURCE_DOWN.
 */
export const fetchSource = async (
  address: string,
  folder: string,
  limits: FetchLimits,
  token: string | null = null,
): Promise<string> => {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  try {
    const answer = await follow(address, limits, token, signal);
    checkAnswer(address, answer);
    const said = answer.headers.get("content-encoding")
      ? null
      : answer.headers.get("content-length");
    if (said !== null && Number(said) > limits.maxBytes) throw tooLarge(address, limits);
    const file = join(
      folder,
      `download-${basename(new URL(address).pathname).slice(-80) || "data"}`,
    );
    let bytes = 0;
    const counted = async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        bytes += piece.length;
        if (bytes > limits.maxBytes) throw tooLarge(address, limits);
        yield piece;
      }
    };
    // A body of the web's streams is an async iterable of bytes, which its type does not say.
    const body = (answer.body ?? []) as unknown as AsyncIterable<Uint8Array>;
    await pipeline(Readable.from(counted(body)), createWriteStream(file), { signal });
    if (said !== null && bytes !== Number(said)) {
      throw refuse("DATA_TRUNCATED", {
        message: "The source ended before its data did.",
        expected: `${said} bytes`,
        got: `${bytes} bytes`,
        next: "Start again.",
      });
    }
    return file;
  } catch (error) {
    if (isProductError(error)) throw error;
    throw down(
      address,
      signal.aborted ? `it took longer than ${limits.timeoutMs} ms` : messageOf(error),
      error,
    );
  }
};
