import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { type Call, defineOperation, type Handler, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

/**
 * Ties accounts to one person. With `claim` the account becomes the owner's, with `code` that of whoever made the code. Without
 * either a code is made for the caller: it is shown to that person alone and typed once on the other surface. Throws
 * CODE_INVALID, CODE_USED, IDENTITY_TAKEN, CLAIMED, UNKNOWN_PERSON.
 */
export const identityLink = defineOperation({
  name: "identity_link",
  title: "Tie an account to a person",
  description: "Make a one-time code, or type one, so that two accounts are one person's.",
  scope: null,
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    code: z.string().max(40).optional(),
    claim: z.string().max(40).optional(),
  }),
  output: z.strictObject({
    person: z.string(),
    tied: z.boolean(),
    /** True when the account was this person's before. */
    already: z.boolean(),
    owner: z.boolean(),
    /** Only when one was made: the surface shows it to the caller and to nobody else. */
    code: z.string().optional(),
    expires_at: z.string().optional(),
    next: z.string(),
  }),
});

type Deps = Pick<CatalogDeps, "workspace">;

const make = async ({ workspace }: Deps, call: Call) => {
  const { owner, person } = await workspace.access(call.actor);
  if (person === null)
    throw new UserInputError("UNKNOWN_PERSON", "nobody has tied this account to a person yet", {
      next: "make a code where you are known (link), or ask the owner to add you (people)",
    });
  const { code, expiresAtMs } = await workspace.makeLinkCode(person.id, call.actor, call.key);
  const other = call.actor.via === "slack" ? "mlpipeline link" : "/mlpipeline link";
  return {
    person: person.id,
    tied: false,
    already: false,
    owner: person.id === owner,
    code,
    ...(expiresAtMs === null ? {} : { expires_at: new Date(expiresAtMs).toISOString() }),
    next: `${other} ${code}`,
  };
};

export const createIdentityLink =
  (deps: Deps): Handler<typeof identityLink> =>
  async ({ claim, code }, call) => {
    const typed = claim ?? code;
    if (typed === undefined) return make(deps, call);
    const purpose = claim === undefined ? "link" : "claim";
    const tied = await deps.workspace.tie(typed, purpose, call.actor, call.key);
    const access = await deps.workspace.access({ ...call.actor, person: tied.person });
    return {
      person: tied.person,
      tied: true,
      already: tied.already,
      owner: access.owner === tied.person,
      next: access.owner === tied.person ? "people_set adds others" : "pipeline_status",
    };
  };
