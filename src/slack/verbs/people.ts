import { UserInputError } from "../../lib/errors.ts";
import { approvalGet } from "../../operations/approval-get.ts";
import { auditSearch } from "../../operations/audit-search.ts";
import { identityLink } from "../../operations/identity-link.ts";
import { peopleList } from "../../operations/people-set.ts";
import { policyGet } from "../../operations/policy-get.ts";
import { type Answer, say } from "../answer.ts";
import { mustBeKnown, perform } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { actions, button, section, sentences, utc } from "../blocks/elements.ts";
import { onlyKeys, type Verb } from "./define.ts";

/** `claim <code>`: makes this account the owner's. */
export const claim: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const code = parsed.words[0];
  if (code === undefined)
    throw new UserInputError("NO_CODE", "type the code: `claim <code>`", {
      next: "`mlpipeline init --claim` prints it where mlpipeline is installed",
    });
  const tied = await perform(deps, asker, identityLink, { claim: code });
  return say(
    tied.already
      ? "This account is the owner's already."
      : "This account is the owner's now. Add people under Settings in my Home, or type `people`.",
  );
};

/** `link [code]`: makes a one-time code, or ties this account with one. */
export const link: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const code = parsed.words[0];
  const linked = await perform(deps, asker, identityLink, code === undefined ? {} : { code });
  if (linked.tied)
    return say(
      linked.already
        ? `This account was ${linked.person}'s already.`
        : `This account is ${linked.person}'s now.`,
    );
  return say(
    `Your one-time code: ${linked.code}${linked.expires_at ? `, until ${utc(linked.expires_at)}` : ""}. Type it where you want to be known: ${linked.next}`,
  );
};

const AUDIT_LINES = 10;

/** `audit [run]`: who decided or changed what. */
export const audit: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["page", "person", "action"]);
  const run = parsed.words[0] ?? asker.threadRun ?? undefined;
  const { action, page, person } = parsed.values;
  const found = await perform(deps, asker, auditSearch, {
    limit: AUDIT_LINES,
    ...(run === undefined ? {} : { run_id: run }),
    ...(page === undefined ? {} : { cursor: page }),
    ...(person === undefined ? {} : { person }),
    ...(action === undefined ? {} : { action }),
  });
  const lines = found.lines.map(
    (line) =>
      `• ${utc(line.at)} ${line.person ?? "–"}${line.on_behalf_of ? ` for ${line.on_behalf_of}` : ""}: ${line.action} ${line.subject} (${line.via}${line.attested ? `, ${line.attested}` : ""})`,
  );
  const text = lines.length === 0 ? "Nothing stands in the audit log." : lines.join("\n");
  return say({
    text: sentences(text),
    blocks: [
      section(text),
      ...(found.next_cursor
        ? [actions(button("More", ACTIONS.say, `audit ${run ?? ""} page:${found.next_cursor}`))]
        : []),
    ],
  });
};

/** Who is here, with what they may do; the owner changes it through the form. */
export const people: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const found = await perform(deps, asker, peopleList, {});
  const lines = found.people.map(
    (one) =>
      `• ${one.name} (${one.person})${one.owner ? ", owner" : ""}${one.active ? "" : ", not here any more"}: ${one.roles.join(", ") || "no role"}; may ${one.scopes.join(", ") || "nothing"}`,
  );
  const text = ["People", ...lines].join("\n");
  return say({
    text: sentences(text),
    blocks: [
      section(text),
      actions(button("Add or change…", `${ACTIONS.openModal}.0`, "people:-")),
    ],
  });
};

const policyAnswer = (text: string): Answer =>
  say({
    text: sentences(text),
    blocks: [section(text), actions(button("Change…", `${ACTIONS.openModal}.0`, "policy:default"))],
  });

/** `policy [pipeline]`: who decides what. On an approval, the policy that was copied into it. */
export const policy: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["approval"]);
  if (parsed.values.approval !== undefined) {
    const one = await perform(deps, asker, approvalGet, { approval: parsed.values.approval });
    return say(
      `Policy ${one.policy_version} of this request: ${one.may_decide.map((person) => person.name).join(", ") || one.owner} may decide, ${one.quorum} needed, risk ${one.risk}, until ${utc(one.expires_at)}. A change of the policy holds for requests opened later.`,
    );
  }
  const pipeline = parsed.words[0];
  const found = await perform(deps, asker, policyGet, pipeline === undefined ? {} : { pipeline });
  const lines = found.resolved.map(
    (one) =>
      `• ${one.of}: ${[...one.people, ...one.roles.map((role) => `role ${role}`)].join(", ") || `${found.owner || "the owner"} alone`}, ${one.quorum} needed, ${one.deadline}${one.self_approval ? ", own runs too" : ""}`,
  );
  return policyAnswer(
    [`Policy ${found.version}, owner ${found.owner || "nobody yet"}`, ...lines].join("\n"),
  );
};

/** People and policy, with the forms that change them. */
export const settings: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  await mustBeKnown(deps, asker, false);
  const text =
    "Settings: people with their roles, and the policy that says who decides what. What mlpipeline.yml states is changed there.";
  return say({
    text: sentences(text),
    blocks: [
      section(text),
      actions(
        button("People…", `${ACTIONS.openModal}.0`, "people:-"),
        button("Policy…", `${ACTIONS.openModal}.1`, "policy:default"),
      ),
    ],
  });
};
