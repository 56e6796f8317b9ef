import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../lib/clock.ts";

const POLL_MS = 500;
const TIMEOUT_MS = 3_000;

/** What answered, and after how long. `ok` null: no address is known, so nobody could ask. */
export interface Served {
  readonly ok: boolean | null;
  readonly hash: string | null;
  readonly seconds: number;
}

interface Answer {
  readonly hash: string | null;
  readonly version: string | null;
}

const text = (value: unknown): string | null =>
  typeof value === "string" || typeof value === "number" ? String(value) : null;

const ask = async (url: string): Promise<Answer> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.json()) as Readonly<Record<string, unknown>>;
    return { hash: text(body.model_hash), version: text(body.model_version) };
  } catch {
    return { hash: null, version: null };
  }
};

/** A service that tells its hash is held to it; one that tells its version only, to that. */
const fits = (
  { hash, version }: Answer,
  wanted: { readonly hash: string; readonly version: string },
) => (hash === null ? version === wanted.version : hash === wanted.hash);

/** Asks the service until it answers with this model, at most `waitMs`. */
export const waitForServed = async (
  url: string | null,
  wanted: { readonly hash: string; readonly version: string },
  waitMs: number,
  clock: Clock,
): Promise<Served> => {
  if (url === null) return { ok: null, hash: null, seconds: 0 };
  const start = clock.monotonicMs();
  const since = () => (clock.monotonicMs() - start) / 1_000;
  const place = `${url.replace(/\/$/, "")}/version`;
  for (;;) {
    const answer = await ask(place);
    const hash = answer.hash ?? (answer.version === null ? null : `version ${answer.version}`);
    if (fits(answer, wanted)) return { ok: true, hash, seconds: since() };
    if (since() * 1_000 >= waitMs) return { ok: false, hash, seconds: since() };
    await setTimeout(POLL_MS);
  }
};
