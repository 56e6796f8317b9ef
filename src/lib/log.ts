/** One JSON line per call on the sink (stderr in the product). Secrets are redacted by key name and by token shape. */
export interface Log {
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

const SECRET_KEY = /token|secret|password|authorization|api_?key|credential/i;
const SECRET_SHAPE = /\b(xox[a-z]-[\w-]+|xapp-[\w-]+|sk-ant-[\w-]+|gh[pousr]_\w+|glpat-[\w-]+)/g;

const redact = (key: string, value: unknown): unknown => {
  if (SECRET_KEY.test(key) && typeof value === "string") return "[redacted]";
  return typeof value === "string" ? value.replace(SECRET_SHAPE, "[redacted]") : value;
};

/** A logger whose lines go to `write` (a full line, without the newline). `nowMs` stamps them. */
export const createLog = (write: (line: string) => void, nowMs: () => number): Log => {
  const line = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    write(
      JSON.stringify({ at: new Date(nowMs()).toISOString(), level, message, ...fields }, redact),
    );
  return {
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
    error: (message, fields) => line("error", message, fields),
  };
};
