export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly broadcast: boolean;
  readonly metadata: unknown;
  text: string;
  blocks: readonly Record<string, unknown>[];
  edits: number;
}

export interface OpenView {
  readonly user: string;
  readonly id: string;
  readonly view: Record<string, unknown>;
}

/** What the fake remembers: channels, messages, ephemerals, the views on people's screens, and what the app did wrong. */
export interface Workspace {
  readonly team: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly channels: ReadonlySet<string>;
  readonly messages: PostedMessage[];
  readonly ephemerals: { readonly channel: string; readonly user: string; readonly text: string }[];
  readonly views: OpenView[];
  readonly violations: string[];
  readonly newId: (prefix: string) => string;
  readonly nextTs: () => string;
  /** A trigger that lives 3 s and opens one view. */
  readonly newTrigger: (user: string) => string;
  readonly useTrigger: (
    trigger: string,
  ) =>
    | { readonly ok: true; readonly user: string }
    | { readonly ok: false; readonly error: string };
  readonly setResponseBase: (url: string) => void;
  readonly newResponseUrl: (user: string, channel: string) => string;
  readonly respond: (id: string, body: Record<string, unknown>) => void;
}

const TRIGGER_MS = 3_000;
const RESPONSE_USES = 5;

export const createWorkspace = (): Workspace => {
  const count = { ids: 0 };
  const base = { url: "" };
  const triggers = new Map<string, { readonly user: string; readonly at: number; used: boolean }>();
  const responses = new Map<
    string,
    { readonly user: string; readonly channel: string; left: number }
  >();
  const newId = (prefix: string) => {
    count.ids += 1;
    return `${prefix}${String(count.ids).padStart(6, "0")}`;
  };
  const ephemerals: { channel: string; user: string; text: string }[] = [];
  const violations: string[] = [];
  return {
    team: "T1",
    botToken: "xoxb-fake",
    appToken: "xapp-fake",
    channels: new Set(["C1", "D1"]),
    messages: [],
    ephemerals,
    views: [],
    violations,
    newId,
    nextTs: () => {
      count.ids += 1;
      return `1700000000.${String(count.ids).padStart(6, "0")}`;
    },
    newTrigger: (user) => {
      const id = newId("trigger");
      triggers.set(id, { user, at: performance.now(), used: false });
      return id;
    },
    useTrigger: (id) => {
      const trigger = triggers.get(id);
      if (!trigger) return { ok: false, error: "invalid_trigger_id" };
      if (trigger.used) return { ok: false, error: "exchanged_trigger_id" };
      if (performance.now() - trigger.at > TRIGGER_MS)
        return { ok: false, error: "expired_trigger_id" };
      trigger.used = true;
      return { ok: true, user: trigger.user };
    },
    setResponseBase: (url) => {
      base.url = url;
    },
    newResponseUrl: (user, channel) => {
      const id = newId("response");
      responses.set(id, { user, channel, left: RESPONSE_USES });
      return base.url + id;
    },
    respond: (id, body) => {
      const known = responses.get(id);
      if (!known || known.left === 0) {
        violations.push(`response_url ${id} used too often or unknown`);
        return;
      }
      known.left -= 1;
      ephemerals.push({ channel: known.channel, user: known.user, text: String(body.text ?? "") });
    },
  };
};
