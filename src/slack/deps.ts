import type { Log } from "../lib/log.ts";
import type { ConversationPort } from "../operations/conversation-port.ts";
import type { Operation } from "../operations/define.ts";
import type { CallOperation } from "./call.ts";
import type { FindPerson, SlackOwner, SlackUser } from "./identity.ts";
import type { MessageIndex } from "./messages.ts";
import type { SlackPort } from "./port.ts";

/** What the home's configuration says about this surface. */
export interface SlackSettings {
  /** Whether somebody unknown may read. */
  readonly guests: "none" | "read";
  /** Whether a dataset may be given as a file. */
  readonly uploads: "on" | "off";
  /** The channel of a run whose own is not known (started elsewhere); null: such runs are not shown. */
  readonly defaultChannel: string | null;
  /** IANA zone of the workspace, for people whose own is not known. */
  readonly timezone: string;
  /** Read anew each time: claiming changes it. Null only in a home that was never opened. */
  readonly owner: () => Promise<SlackOwner | null>;
  /** The Slack accounts tied to a person, to reach them by direct message. */
  readonly accountsOf: (person: string) => Promise<readonly SlackUser[]>;
}

/** Met by the runtime. Members are accounts (T1/U1); none: Slack does not list any. */
export interface GroupDirectory {
  readonly named: () => Promise<readonly string[]>;
  readonly note: (group: string, members: readonly string[]) => Promise<void>;
}

/** What every listener and `deliver` get. */
export interface SlackDeps {
  readonly port: SlackPort;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Free words; the grammar answers where it does not. */
  readonly conversation: ConversationPort;
  /** Reads as the bot itself, to render what it shows; a person's request goes through `operations` with their actor. */
  readonly call: CallOperation;
  readonly findPerson: FindPerson;
  readonly messages: MessageIndex;
  /** User groups as approvers: which the policy names, and what Slack says of their members. */
  readonly groups: GroupDirectory;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly settings: SlackSettings;
}
