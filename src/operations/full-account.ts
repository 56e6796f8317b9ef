import { z } from "zod";
import type { ApprovalState } from "../engine/state.ts";
import { UserInputError } from "../lib/errors.ts";

/** What a surface found out about the account that a person uses, where it is not a full member's. */
export const AccountKind = z.enum(["guest", "bot", "deactivated", "foreign"]);
type AccountKind = z.infer<typeof AccountKind>;

const WORDS: Readonly<Record<AccountKind, string>> = {
  guest: "a guest's account",
  bot: "a bot's account",
  deactivated: "a deactivated account",
  foreign: "an account of another workspace",
};

/** Bots and deactivated accounts never decide; guests and accounts of other workspaces where the policy names that person. */
export const mustBeFullAccount = (
  { policy }: Pick<ApprovalState, "policy">,
  person: string | null,
  account: AccountKind | undefined,
): void => {
  if (account === undefined) return;
  const isNamed = person !== null && policy.people.includes(person);
  if (isNamed && (account === "guest" || account === "foreign")) return;
  throw new UserInputError("NOT_AN_APPROVER", `${WORDS[account]} may not decide`, {
    next:
      account === "bot" || account === "deactivated"
        ? "vote with a member's own account"
        : "ask the owner to name you under people in the policy, or a full member to decide",
  });
};
