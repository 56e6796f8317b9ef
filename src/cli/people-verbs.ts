import type { Command } from "commander";
import { Option } from "commander";
import type { AuditOptions } from "./commands/audit.ts";
import type { PeopleOptions } from "./commands/people.ts";
import type { PolicyOptions } from "./commands/policy.ts";
import type { CliContext, CommonOptions } from "./context.ts";
import type { ExitCode } from "./io.ts";
import { summaryOf } from "./summaries.ts";

const many = (value: string, all: readonly string[] | undefined): readonly string[] => [
  ...(all ?? []),
  value,
];

const addConsent = (
  program: Command,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  program
    .command("consent [level]")
    .summary(summaryOf("consent"))
    .description(
      "Show what may be sent to Claude; with a level (schema, aggregates, rows, none) the owner agrees to it (audited).",
    )
    .option("--key <key>", "repeat safely")
    .action(async (level: string | undefined, options: CommonOptions) => {
      finish(await (await import("./commands/consent.ts")).consent(context(), level, options));
    });
};

/** Whose news come directly. */
const addFollowVerbs = (
  program: Command,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  for (const wanted of [true, false]) {
    const verb = wanted ? "follow" : "unfollow";
    program
      .command(`${verb} <run>`)
      .summary(summaryOf(verb))
      .action(async (run: string) => {
        finish(await (await import("./commands/follow.ts")).follow(context(), run, wanted));
      });
  }
};

/** Verbs about people: who is here, who decides, whose account is whose, who did what. */
export const addPeopleVerbs = (
  program: Command,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  const linked = async (given: { readonly code?: string; readonly claim?: string }) =>
    finish(await (await import("./commands/link.ts")).link(context(), given));
  program
    .command("link [code]")
    .summary(summaryOf("link"))
    .action((code: string | undefined) => linked(code === undefined ? {} : { code }));
  program
    .command("claim <code>")
    .summary(summaryOf("claim"))
    .action((claim: string) => linked({ claim }));
  program
    .command("people [person]")
    .summary(summaryOf("people"))
    .description(
      "List people, or add or change one (admins). What mlpipeline.yml states is changed there.",
    )
    .option("--name <text>", "name to show")
    .option("--role <slug>", "a role; repeatable, replaces the roles", many)
    .option("--slack <team:user>", "a Slack account that is this person's; repeatable", many)
    .option("--os <user>", "a user of this machine that is this person; repeatable", many)
    .option(
      "--mcp <principal>",
      "an assistant's principal that acts for this person; repeatable",
      many,
    )
    .option("--untie <kind:account>", "take an account away; repeatable", many)
    .option("--off", "this person is here no longer")
    .option("--on", "this person is here again")
    .option("--key <key>", "repeat safely")
    .action(async (person: string | undefined, options: PeopleOptions) => {
      finish(await (await import("./commands/people.ts")).people(context(), person, options));
    });
  program
    .command("policy [pipeline]")
    .summary(summaryOf("policy"))
    .description(
      "Show the approval policy, or change it for approvals opened later (admins; audited).",
    )
    .option("--level <level>", "default, phase.1 to phase.4, budget, release or env.<name>")
    .option("--set <key=value>", "a rule as in mlpipeline.yml; repeatable", many)
    .option("--unset <key>", "forget a rule; repeatable", many)
    .option(
      "--role <slug=scopes>",
      "what a role may: read,run,approve,deploy,admin; repeatable",
      many,
    )
    .option("--owner <person>", "hand the home over (owner only)")
    .option("--key <key>", "repeat safely")
    .action(async (pipeline: string | undefined, options: PolicyOptions) => {
      finish(await (await import("./commands/policy.ts")).policy(context(), pipeline, options));
    });
  addConsent(program, context, finish);
  program
    .command("audit [run]")
    .summary(summaryOf("audit"))
    .option("--text <text>", "in action, subject or detail")
    .option("--action <name>", "for example CastVote.approve")
    .option("--person <person>", "what one person did")
    .option("--limit <n>", "newest lines", (text) => Number(text), 50)
    .addOption(new Option("--format <format>").choices(["table", "csv", "jsonl"]).default("table"))
    .action(async (run: string | undefined, options: AuditOptions) => {
      finish(await (await import("./commands/audit.ts")).audit(context(), run, options));
    });
};

/** Verbs round a decision: delegate, extend, raise, unblock, compare. */
export const addDecisionVerbs = (
  program: Command,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  addFollowVerbs(program, context, finish);
  program
    .command("delegate <run> <person> <until>")
    .summary(summaryOf("delegate"))
    .option("--key <key>", "repeat safely")
    .action(async (run: string, to: string, until: string, options: CommonOptions) => {
      const { delegate } = await import("./commands/delegate.ts");
      finish(await delegate(context(), run, to, until, options));
    });
  program
    .command("extend <target> <until>")
    .summary(summaryOf("extend"))
    .option("--key <key>", "repeat safely")
    .action(async (target: string, until: string, options: CommonOptions) => {
      const { extend } = await import("./commands/delegate.ts");
      finish(await extend(context(), target, until, options));
    });
  program
    .command("raise <run> <amount>")
    .summary(summaryOf("raise"))
    .description("Approve the budget approval of a run, up to an amount in the unit it asks in")
    .option("--code <code>", "the one-time code that Slack sent you")
    .option("--wait", "work here until a person is needed again")
    .option("--key <key>", "repeat safely")
    .action(async (run: string, amount: string, options: CommonOptions) => {
      const { vote } = await import("./commands/vote.ts");
      finish(
        await vote(context(), "approve", run, undefined, { ...options, raiseTo: Number(amount) }),
      );
    });
  program
    .command("unblock <run> [specialist]")
    .summary(summaryOf("unblock"))
    .option("--draft", "take the draft as it is, without refining")
    .option("--note <text>", "why; kept in the audit log")
    .option("--wait", "work here until a person is needed again")
    .option("--key <key>", "repeat safely")
    .action(async (run: string, step: string | undefined, options: CommonOptions) => {
      const { unblock } = await import("./commands/unblock.ts");
      finish(await unblock(context(), run, step, options));
    });
  program
    .command("compare <run> <other>")
    .summary(summaryOf("compare"))
    .action(async (run: string, other: string) => {
      finish(await (await import("./commands/compare.ts")).compare(context(), run, other));
    });
};
