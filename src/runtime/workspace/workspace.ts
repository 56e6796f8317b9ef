import { accessOf } from "./access.ts";
import { askForDecision } from "./ask-decision.ts";
import { readConsent, setConsent } from "./consent.ts";
import { readFollowing, setFollowing } from "./followers.ts";
import { makeLinkCode, tieIdentity, type WorkspaceDeps } from "./identity.ts";
import { readPolicy } from "./read-policy.ts";
import { listPeople, setPerson } from "./set-person.ts";
import { setPolicy } from "./set-policy.ts";
import { askVoteCode, issueVoteCode, proveVoter } from "./vote-codes.ts";

type Bound<F> = F extends (deps: WorkspaceDeps, ...rest: infer R) => infer O
  ? (...rest: R) => O
  : never;

/** People, accounts, policy and one-time codes of a home. */
export interface WorkspaceApi {
  readonly access: Bound<typeof accessOf>;
  readonly people: Bound<typeof listPeople>;
  readonly setPerson: Bound<typeof setPerson>;
  readonly makeLinkCode: Bound<typeof makeLinkCode>;
  readonly tie: Bound<typeof tieIdentity>;
  readonly policy: Bound<typeof readPolicy>;
  readonly setPolicy: Bound<typeof setPolicy>;
  readonly consent: Bound<typeof readConsent>;
  readonly setConsent: Bound<typeof setConsent>;
  readonly askVoteCode: Bound<typeof askVoteCode>;
  readonly issueVoteCode: Bound<typeof issueVoteCode>;
  readonly proveVoter: Bound<typeof proveVoter>;
  readonly setFollowing: Bound<typeof setFollowing>;
  readonly following: Bound<typeof readFollowing>;
  readonly askForDecision: Bound<typeof askForDecision>;
}

export const createWorkspace = (deps: WorkspaceDeps): WorkspaceApi => ({
  access: (...rest) => accessOf(deps, ...rest),
  people: () => listPeople(deps),
  setPerson: (...rest) => setPerson(deps, ...rest),
  makeLinkCode: (...rest) => makeLinkCode(deps, ...rest),
  tie: (...rest) => tieIdentity(deps, ...rest),
  policy: (...rest) => readPolicy(deps, ...rest),
  setPolicy: (...rest) => setPolicy(deps, ...rest),
  consent: () => readConsent(deps),
  setConsent: (...rest) => setConsent(deps, ...rest),
  askVoteCode: (...rest) => askVoteCode(deps, ...rest),
  issueVoteCode: (...rest) => issueVoteCode(deps, ...rest),
  proveVoter: (...rest) => proveVoter(deps, ...rest),
  setFollowing: (...rest) => setFollowing(deps, ...rest),
  following: (...rest) => readFollowing(deps, ...rest),
  askForDecision: (...rest) => askForDecision(deps, ...rest),
});
