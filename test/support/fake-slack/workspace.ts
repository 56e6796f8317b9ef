import { type Activity, createActivity } from "./activity.ts";
import type { Body } from "./answer.ts";
import type { Clock } from "./clock.ts";
import type { Manifest } from "./manifest.ts";
import { createResponses, type Responses } from "./responses.ts";
import { createTriggers, type Triggers } from "./triggers.ts";

/** Somebody with an account, as `users.info` tells of them. */
export interface Person {
  readonly id: string;
  readonly team: string;
  name: string;
  /** IANA zone. */
  tz: string;
  guest: "no" | "single" | "multi";
  bot: boolean;
  deleted: boolean;
}

/** A user group. `fails` names the error that listing it gives (it vanished, Slack is down). */
export interface UserGroup {
  readonly id: string;
  members: string[];
  fails: string | null;
}

/** The app in one workspace: its token, what it may do, and whether the token still works. */
export interface Installation {
  readonly team: string;
  readonly token: string;
  readonly botUser: string;
  readonly botId: string;
  readonly scopes: Set<string>;
  state: "live" | "token_revoked" | "token_expired" | "account_inactive";
  /** When the token expires; never without token rotation. */
  untilMs: number;
}

interface Grant {
  readonly team: string;
  readonly org: boolean;
  used: boolean;
}

/** What OAuth knows: codes that people brought back, and refresh tokens. Each works once. */
export interface OauthState {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly codes: Map<string, Grant>;
  readonly refreshes: Map<string, Grant>;
}

/** A file on its way (bytes null) or stored. It can stand in an image block from `readyMs` on. */
export interface StoredFile {
  readonly id: string;
  readonly team: string;
  readonly name: string;
  /** Length that was announced. */
  readonly length: number;
  readonly author: string;
  readonly createdMs: number;
  readonly shareable: boolean;
  title: string;
  bytes: Buffer | null;
  completed: boolean;
  readyMs: number;
  shares: { readonly channel: string; readonly ts: string; readonly threadTs: string | null }[];
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly team: string;
  readonly kind: "public" | "private" | "im";
  readonly members: Set<string>;
  archived: boolean;
  /** Only admins may post here. */
  restricted: boolean;
  /** Shared with another workspace. */
  external: boolean;
}

export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly broadcast: boolean;
  /** User id of whoever wrote it; the bot's for the app's own. */
  readonly author: string;
  readonly files: readonly string[];
  metadata: unknown;
  text: string;
  blocks: readonly Body[];
  edits: number;
  /** How a streamed message stands; null for every other. */
  stream: { open: boolean; readonly startedMs: number; touchedMs: number } | null;
}

/** A message that one person sees until their client reloads. */
export interface Ephemeral {
  readonly channel: string;
  readonly user: string;
  readonly ts: string;
  readonly threadTs: string | null;
  text: string;
  blocks: readonly Body[];
  gone: boolean;
}

/** A view on somebody's screen: a modal in their stack, or their Home. `values` is what they typed, by block and action. */
export interface OpenView {
  readonly user: string;
  readonly team: string;
  readonly id: string;
  /** Where the person was when it opened, for menus that begin with the current conversation. */
  readonly channel: string | null;
  readonly rootId: string;
  readonly previousId: string | null;
  hash: string;
  view: Body;
  values: Map<string, Map<string, Body>>;
  errors: Readonly<Record<string, string>>;
}

export interface AppEvent extends Body {
  readonly type: string;
}

/** What the fake remembers: accounts, channels, messages, the views on people's screens, and what the app did wrong. */
export interface Workspace {
  readonly team: string;
  readonly appId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly manifest: Manifest;
  readonly clock: Clock;
  readonly installations: Map<string, Installation>;
  readonly oauth: OauthState;
  readonly channels: Map<string, Channel>;
  readonly people: Map<string, Person>;
  readonly groups: Map<string, UserGroup>;
  readonly messages: PostedMessage[];
  readonly ephemerals: Ephemeral[];
  /** Open modals, the newest of a stack last. */
  readonly views: OpenView[];
  readonly homes: Map<string, OpenView>;
  readonly externalIds: Set<string>;
  readonly files: Map<string, StoredFile>;
  readonly sessions: Map<string, { status: string; title: string }>;
  readonly violations: string[];
  /** Texts with markup that a person or a dataset brought: none of it may come back alive. */
  readonly planted: Set<string>;
  /** Block types that this workspace does not have yet. */
  readonly missingBlocks: Set<string>;
  /** Whether `message_metadata_posted` also reports the app's own posts (unverified, slack.md §7). */
  readonly settings: { ownMetadataEvents: boolean; fileDelayMs: number };
  readonly triggers: Triggers;
  readonly responses: Responses;
  readonly activity: Activity;
  /** host:port of the fake. */
  readonly address: () => string;
  readonly newId: (prefix: string) => string;
  /** A time stamp that no earlier message of the channel has. */
  readonly nextTs: (channel: string) => string;
  /** Raises an event for the app of a team; the server decides whether it is subscribed. */
  readonly raise: (team: string, event: AppEvent) => void;
}

export interface WorkspaceDeps {
  readonly manifest: Manifest;
  readonly clock: Clock;
  readonly raise: (team: string, event: AppEvent) => void;
  /** The app in the first workspace, made from `FIRST_INSTALLATION`. */
  readonly bot: Installation;
  readonly oauth: OauthState;
  /** Address under which response URLs stand, known once the server listens. */
  readonly address: () => string;
}

const TEAM = "T1";
const BOT_TOKEN = "xoxb-fake";
export const FIRST_INSTALLATION = [TEAM, BOT_TOKEN, "UBOT"] as const;

const createTs = (clock: Clock) => {
  const last = new Map<string, number>();
  return (channel: string): string => {
    const micros = Math.max(clock.nowMs() * 1000, (last.get(channel) ?? 0) + 1);
    last.set(channel, micros);
    return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
  };
};

/** A workspace T1 with the app installed, one channel C1 that the bot is in, and nobody else yet. */
export const createWorkspace = ({
  manifest,
  clock,
  raise,
  address,
  bot,
  oauth,
}: WorkspaceDeps): Workspace => {
  const count = { ids: 0 };
  const newId = (prefix: string) => {
    count.ids += 1;
    return `${prefix}${String(count.ids).padStart(6, "0")}`;
  };
  return {
    team: TEAM,
    appId: "A1",
    botToken: BOT_TOKEN,
    appToken: "xapp-fake",
    signingSecret: "fake-signing-secret",
    manifest,
    clock,
    installations: new Map([[BOT_TOKEN, bot]]),
    oauth,
    channels: new Map([
      [
        "C1",
        {
          id: "C1",
          name: "ml",
          team: TEAM,
          kind: "public",
          members: new Set(["UBOT"]),
          archived: false,
          restricted: false,
          external: false,
        },
      ],
    ]),
    people: new Map(),
    groups: new Map(),
    messages: [],
    ephemerals: [],
    views: [],
    homes: new Map(),
    externalIds: new Set(),
    files: new Map(),
    sessions: new Map(),
    violations: [],
    planted: new Set(),
    missingBlocks: new Set(),
    settings: { ownMetadataEvents: true, fileDelayMs: 1_000 },
    triggers: createTriggers(clock, newId),
    responses: createResponses(clock, newId, () => `http://${address()}/respond/`),
    activity: createActivity(),
    address,
    newId,
    nextTs: createTs(clock),
    raise,
  };
};
