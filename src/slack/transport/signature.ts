import { createHmac, timingSafeEqual } from "node:crypto";

/** How far a request's time may be from ours, either way: older or newer ones are refused (slack.md 2.3). */
export const MAX_SKEW_S = 300;
/** Twice the skew, so that a signature is remembered as long as it could be accepted. */
const REMEMBER_MS = 600_000;

interface Signed {
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly body: Buffer;
}

/** True when `secret` signed this body at this time: v0, HMAC-SHA256 over `v0:timestamp:body`, compared in constant time. */
export const isSigned = (
  secret: string,
  { body, signature, timestamp }: Signed,
  nowMs: number,
): boolean => {
  if (!signature || !timestamp || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Math.floor(nowMs / 1_000) - Number(timestamp)) > MAX_SKEW_S) return false;
  const hash = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex");
  const expected = Buffer.from(`v0=${hash}`);
  const got = Buffer.from(signature);
  return expected.byteLength === got.byteLength && timingSafeEqual(expected, got);
};

/** Signatures of requests that are safe in the inbox: an exact repeat needs no second look. */
export interface SignatureMemory {
  readonly knows: (signature: string) => boolean;
  readonly remember: (signature: string) => void;
}

export const createSignatureMemory = (nowMs: () => number): SignatureMemory => {
  const until = new Map<string, number>();
  const forgetOld = () => {
    for (const [signature, atMs] of until) {
      if (atMs > nowMs()) return; // in order of time
      until.delete(signature);
    }
  };
  return {
    knows: (signature) => (until.get(signature) ?? 0) > nowMs(),
    remember: (signature) => {
      forgetOld();
      until.set(signature, nowMs() + REMEMBER_MS);
    },
  };
};
