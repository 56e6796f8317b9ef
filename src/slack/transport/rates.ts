const MINUTE_MS = 60_000;

/** Calls a minute, per app and workspace (slack.md 2.2). A method that is not listed counts as tier 3. */
const PER_MINUTE: Readonly<Record<string, number>> = {
  "usergroups.users.list": 20,
  "chat.postEphemeral": 100,
  "views.open": 100,
  "views.push": 100,
  "views.update": 100,
  "views.publish": 100,
  "users.info": 100,
  "files.getUploadURLExternal": 100,
  "files.completeUploadExternal": 100,
  "files.info": 100,
};
const TIER_3 = 50;
/** Slack counts posts per channel instead: about one a second. */
const UNCOUNTED = new Set(["chat.postMessage", "auth.test", "chat.getPermalink"]);
/** We stay below what Slack allows, because other processes of this app call as well. */
const OUR_SHARE = 0.8;

/** At most `calls` in any `windowMs`. `alone`: one at a time, so that what is posted stays in order. */
export interface Rate {
  readonly calls: number;
  readonly windowMs: number;
  readonly alone: boolean;
}

const POSTS: Rate = { calls: 1, windowMs: 1_000, alone: true };
const FREE: Rate = { calls: Number.POSITIVE_INFINITY, windowMs: MINUTE_MS, alone: false };

/** The lanes that a call waits in, with their rates; the last one is what a 429 closes. */
export const lanesOf = (
  method: string,
  channel: string | null,
): readonly { readonly name: string; readonly rate: Rate }[] => {
  const perMinute = Math.floor((PER_MINUTE[method] ?? TIER_3) * OUR_SHARE);
  const rate: Rate = UNCOUNTED.has(method)
    ? FREE
    : { calls: perMinute, windowMs: MINUTE_MS, alone: false };
  const own = { name: method, rate };
  if (channel === null) return [own];
  const isPost = method === "chat.postMessage" || method === "files.completeUploadExternal";
  return [
    own,
    isPost
      ? { name: `post/${channel}`, rate: POSTS }
      : { name: `${method}/${channel}`, rate: FREE },
  ];
};
