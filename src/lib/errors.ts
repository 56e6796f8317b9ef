/** What every error of ours carries: a stable code, words for a person, and what to do next. */
interface ErrorDetail {
  readonly expected?: string;
  readonly got?: string;
  readonly next?: string;
  readonly cause?: unknown;
}

abstract class ProductError extends Error {
  abstract readonly kind: "input" | "config" | "retryable" | "bug";
  readonly code: string;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly next: string | undefined;

  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.code = code;
    this.expected = detail.expected;
    this.got = detail.got;
    this.next = detail.next;
  }
}

/** A person gave something that cannot be used; says what was expected, what came, and what to do next. */
export class UserInputError extends ProductError {
  override readonly kind = "input" as const;
}

/** The configuration cannot be used. Thrown at start only, naming every bad key at once in `message`. */
export class ConfigError extends ProductError {
  override readonly kind = "config" as const;
}

/** A passing fault (lock, network, limit). The same call may succeed after `retryAfterMs` milliseconds. */
export class RetryableError extends ProductError {
  override readonly kind = "retryable" as const;
  readonly retryAfterMs: number;

  constructor(
    code: string,
    message: string,
    detail: ErrorDetail & { readonly retryAfterMs: number },
  ) {
    super(code, message, detail);
    this.retryAfterMs = detail.retryAfterMs;
  }
}

/** Our own defect: something that must not happen did. Never retried. */
export class BugError extends ProductError {
  override readonly kind = "bug" as const;
}

export type AnyProductError = UserInputError | ConfigError | RetryableError | BugError;

/** True for the four classes above. */
export const isProductError = (error: unknown): error is AnyProductError =>
  error instanceof ProductError;

/** The words of any thrown value, for a cause or a log line. Never throws. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
