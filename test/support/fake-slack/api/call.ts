import type { Answer, Body } from "../answer.ts";
import type { Installation, Workspace } from "../workspace.ts";

/** One call of a Web API method, after its token was accepted. */
export interface Call {
  readonly workspace: Workspace;
  readonly installation: Installation;
  readonly body: Body;
  /** host:port of the fake, for the addresses it gives out. */
  readonly address: string;
}

/** A method: what it needs and what it does. */
export interface Method {
  /** One of these scopes is needed; empty: none. */
  readonly scopes: readonly string[];
  /** Calls a minute, app and workspace; null: special, not limited here. */
  readonly tier: number | null;
  readonly token?: "app" | "none";
  /** Counts as a post in its channel (one a second). */
  readonly posts?: true;
  readonly run: (call: Call) => Answer;
}
