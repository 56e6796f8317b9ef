import type { Actor, Attested } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import { SLACK_TARGET } from "../outbox.ts";
import { isSlackOn } from "../slack-on.ts";
import { makeCode, tryCode } from "./codes.ts";
import { commitWorkspace, identityOf, type LinkCode, type WorkspaceDeps } from "./identity.ts";

/** What a vote code is bound to. Another revision asks about other bytes, so its code is another. */
export interface VoteCodeFor {
  readonly runId: string;
  readonly approvalId: string;
  readonly revision: number;
  readonly person: string;
}

const subjectOf = ({ approvalId, revision }: Pick<VoteCodeFor, "approvalId" | "revision">) =>
  `${approvalId}/${revision}`;

const slackOf = async ({ store }: WorkspaceDeps, person: string): Promise<readonly string[]> =>
  (await store.people.identities(person)).flatMap((one) =>
    one.kind === "slack" ? [one.subject] : [],
  );

/**
 * Asks the bot to send a person a code for one vote. The row names who and what, never the code: the bot makes it when it sends,
 * so that it stands nowhere. UserInputError NO_SLACK where no bot or no Slack account could receive it.
 */
export const askVoteCode = async (
  deps: WorkspaceDeps,
  wanted: VoteCodeFor,
  actor: Actor,
  key: string,
): Promise<readonly string[]> => {
  const configured = await isSlackOn(deps);
  const accounts = configured ? await slackOf(deps, wanted.person) : [];
  if (accounts.length === 0)
    throw new UserInputError(
      "NO_SLACK",
      configured
        ? `${wanted.person} has no Slack account here`
        : "Slack is not configured, so no code can be sent",
      { next: configured ? "tie one with link" : "vote without a code" },
    );
  const id = deps.newId();
  await commitWorkspace<true>(deps, { actor, key: `${key}/${id}`, payload: id }, () => ({
    answer: true,
    outbox: [
      {
        effectKey: `code/${wanted.approvalId}/${wanted.revision}/${wanted.person}/${id}`,
        target: SLACK_TARGET,
        lane: `code/${wanted.person}`,
        kind: "code",
        body: { run_id: wanted.runId, ref: wanted.approvalId, person: wanted.person },
      },
    ],
    audit: [
      { action: "VoteCodeAsked", subject: wanted.approvalId, detail: { for: wanted.person } },
    ],
  }));
  return accounts;
};

/** Makes the code that the bot is about to send, and where to; an earlier one of the same vote ends. */
export const issueVoteCode = async (
  deps: WorkspaceDeps,
  wanted: VoteCodeFor,
  actor: Actor,
  key: string,
): Promise<LinkCode & { readonly accounts: readonly string[] }> => {
  const made = await makeCode(
    { purpose: "vote", personId: wanted.person, subject: subjectOf(wanted) },
    deps.clock.nowMs(),
  );
  const call = { actor, key: `${key}/${deps.newId()}`, payload: made.row.lookup };
  await commitWorkspace<true>(deps, call, () => ({
    answer: true,
    codes: [{ op: "put", row: made.row }],
    audit: [{ action: "VoteCodeSent", subject: wanted.approvalId, detail: { to: wanted.person } }],
  }));
  return {
    code: made.code,
    expiresAtMs: made.row.expiresAt,
    accounts: await slackOf(deps, wanted.person),
  };
};

/** How a voter was proved; `lookup` names the code that the vote uses up. */
export interface Proof {
  readonly attested: Attested;
  readonly lookup: string | null;
}

/**
 * How the voter is proved, from what the surface itself verified: an account in a signed Slack payload, a code that Slack sent, a
 * principal of an assistant's client that a person answered through; else nothing. UserInputError CODE_INVALID.
 */
export const proveVoter = async (
  deps: WorkspaceDeps,
  vote: VoteCodeFor,
  code: string | undefined,
  actor: Actor,
  key: string,
): Promise<Proof> => {
  if (actor.via === "slack" && identityOf(actor) !== null)
    return { attested: "slack", lookup: null };
  if (code === undefined)
    return { attested: actor.via === "mcp" && !actor.model ? "client" : "none", lookup: null };
  const row = await tryCode(deps, code, "vote", key);
  if (row?.personId === vote.person && row.subject === subjectOf(vote))
    return { attested: "code", lookup: row.usedKey === key ? null : row.lookup };
  throw new UserInputError(
    "CODE_INVALID",
    "this code is wrong, used up, too old or for another vote",
    {
      next: "ask for a new one: vote_code_send",
    },
  );
};
