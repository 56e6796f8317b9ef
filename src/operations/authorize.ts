import type { Actor } from "../engine/command.ts";
import { UserInputError } from "../lib/errors.ts";
import type { Access } from "../runtime/workspace/access.ts";
import type { Definition } from "./define.ts";

/** The bot itself, in no person's name: it reads what it shows and makes the codes it sends. */
const isBot = (actor: Actor): boolean =>
  actor.via === "slack" && actor.person === null && actor.ref === "bot";

const isInside = (actor: Actor): boolean => actor.via === "worker" || actor.via === "monitor";

const unknown = (actor: Actor): UserInputError => {
  const account = actor.ref.replace("/", ":");
  const line = actor.via === "slack" ? `slack: ["${account}"]` : `${actor.via}: ["${actor.ref}"]`;
  return new UserInputError("UNKNOWN_PERSON", `nobody has tied ${actor.ref} to a person yet`, {
    next: `type a code from link, or ask the owner to add you (people), or ${line} to your entry under people in mlpipeline.yml`,
  });
};

const lacking = (actor: Actor, definition: Definition, access: Access): UserInputError => {
  const scope = definition.scope ?? "";
  const [, right = ""] = scope.split(":");
  const who = actor.person ?? "";
  const next = `ask ${access.owner || "whoever claims this home"}, who may do it or give ${who} a role with ${right}: people_set, or roles in mlpipeline.yml`;
  return scope === "pipeline:approve"
    ? new UserInputError("NOT_AN_APPROVER", `${who} may not decide approvals`, { next })
    : new UserInputError("NOT_ALLOWED", `${who} lacks ${scope}`, { next });
};

/**
 * Why an actor may not call an operation; null when he may. A language model never reaches what is for people, whoever it acts
 * for; nobody but the bot what is the bot's; an operation without a scope is open to accounts that are not yet anybody's.
 */
export const refusalOf = (
  definition: Definition,
  actor: Actor,
  access: Access,
): UserInputError | null => {
  if (definition.toolset === "bot")
    return isBot(actor)
      ? null
      : new UserInputError("PEOPLE_ONLY", "this is the bot's own", { next: "pipeline_status" });
  if (actor.model && definition.toolset === "people")
    return new UserInputError("PEOPLE_ONLY", "a language model may not do this", {
      next: "ask a person",
    });
  if (definition.scope === null || isInside(actor)) return null;
  if (isBot(actor) && definition.annotations.readOnlyHint) return null;
  const wanted = definition.scope.replace("pipeline:", "");
  if (access.scopes.some((scope) => scope === wanted)) return null;
  return access.person === null ? unknown(actor) : lacking(actor, definition, access);
};
