/** A request's parameters: a form's values are text, those of a JSON body are what they are. */
export type Body = Readonly<Record<string, unknown>>;

/** What goes back over HTTP. A null body is sent empty, as Slack does with a 429. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | string | null;
}

export const ok = (body: Body = {}): Answer => ({
  status: 200,
  headers: {},
  body: { ok: true, ...body },
});

export const refuse = (code: string, extra: Body = {}): Answer => ({
  status: 200,
  headers: {},
  body: { ok: false, error: code, ...extra },
});

/** Text of a parameter; "" when it is missing. */
export const textOf = (value: unknown): string =>
  value === undefined || value === null ? "" : String(value);

/** A form sends booleans as words. */
export const isOn = (value: unknown): boolean =>
  value === true || value === "true" || value === "1";

/** The value as an object, or an empty one. */
export const objectOf = (value: unknown): Body =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
