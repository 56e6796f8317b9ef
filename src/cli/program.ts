import { Command, CommanderError, Option } from "commander";
import { nearestVerb } from "../operations/verbs.ts";
import { addClaude } from "./claude-verbs.ts";
import type { ControlAction, ControlOptions } from "./commands/control.ts";
import type { InitHome } from "./commands/init.ts";
import type { StartOptions } from "./commands/start.ts";
import type { VoteOptions } from "./commands/vote.ts";
import type { CliContext } from "./context.ts";
import { examplesOf } from "./examples.ts";
import { EXIT, type ExitCode } from "./io.ts";
import type { Keeping } from "./keeping.ts";
import { addKeeping } from "./keeping-verbs.ts";
import { addMcp, type McpProgram } from "./mcp-verbs.ts";
import { addDecisionVerbs, addPeopleVerbs } from "./people-verbs.ts";
import { summaryOf } from "./summaries.ts";
import { addWatchVerbs } from "./watch-verbs.ts";

/** What only the composition can give: processes that run on, and where things ship. */
export interface ProgramDeps {
  readonly version: string;
  readonly context: (json: boolean) => CliContext;
  readonly init: InitHome;
  readonly keeping: Keeping;
  readonly serve: () => Promise<ExitCode>;
  readonly mcp: McpProgram;
  readonly demoDataset: string;
  readonly demoHome: string;
}

const EXIT_HELP = `
Exit codes: 0 done · 1 a defect of ours · 2 bad input or configuration · 3 refused by policy or state · 4 not found ·
5 the run needs a person, failed, or verify found damage · 75 try again`;

type Finish = (code: ExitCode) => void;

const addRunVerbs = (program: Command, deps: ProgramDeps, json: boolean, finish: Finish): void => {
  const context = () => deps.context(json);
  program
    .command("start")
    .summary(summaryOf("start"))
    .description(
      `${summaryOf("start")}. What is missing or wrong is listed at once; nothing is kept then.`,
    )
    .option(
      "--spec <file>",
      "YAML with any keys of spec.yaml, paths beside it; what is said besides takes precedence",
    )
    .option("--data <file>", "CSV, TSV, JSON, JSON lines or Parquet")
    .option(
      "--source <name=uri>",
      "one of several sources, with ,key=… ,event_time=… ,credential=VARIABLE; joined as-of to the first; repeatable",
      (value, all: readonly string[]) => [...all, value],
      [],
    )
    .option("--target <column>", "the column to predict")
    .option("--goal <text>", "what the model is for, in a sentence")
    .option("--name <slug>", "name of the pipeline (default: from the file)")
    .option("--remote <url>", "git remote that every approved phase is pushed to")
    .option("--branch <name>", "branch there that people review into (default: main)")
    .option("--positive <label>", "positive label; !label means everything else")
    .option(
      "--option <k=v>",
      "one of the seven options or a choice; repeatable",
      (value, all: readonly string[]) => [...all, value],
      [],
    )
    .option("--wait", "work here until a person is needed")
    .option("--key <key>", "repeat safely: the same key starts one run")
    .action(async (options: StartOptions) => {
      finish(await (await import("./commands/start.ts")).start(context(), options));
    });
  program
    .command("status [run]")
    .summary(summaryOf("status"))
    .action(async (run: string | undefined) => {
      finish(await (await import("./commands/status.ts")).status(context(), run));
    });
  program
    .command("runs")
    .summary(summaryOf("runs"))
    .option("--limit <n>", "1..50", (text) => Number(text), 10)
    .action(async (options: { limit: number }) => {
      finish(await (await import("./commands/runs.ts")).runs(context(), options.limit));
    });
  program
    .command("show <run> [what]")
    .summary(summaryOf("show"))
    .description("Show the handoff that waits, `deliverables`, or one file of the run by its path")
    .action(async (run: string, what: string | undefined) => {
      finish(await (await import("./commands/show.ts")).show(context(), run, what));
    });
  program
    .command("approvals")
    .summary(summaryOf("approvals"))
    .action(async () => {
      finish(await (await import("./commands/approvals.ts")).approvals(context()));
    });
};

const addVotes = (program: Command, deps: ProgramDeps, json: boolean, finish: Finish): void => {
  const context = () => deps.context(json);
  const cast = async (...args: Parameters<typeof import("./commands/vote.ts").vote>) =>
    finish(await (await import("./commands/vote.ts")).vote(...args));
  program
    .command("approve <target>")
    .summary(summaryOf("approve"))
    .option("--waive <reason>", "let it pass below the verification level (owner only)")
    .option("--manifest <sha256>", "the manifest that you were shown")
    .option("--raise-to <amount>", "for a budget: up to this much, in the unit it asks in", Number)
    .option("--code <code>", "the one-time code that Slack sent you")
    .option("--send-code", "have Slack send you the code, and vote later")
    .option("--for <person>", "vote for somebody who delegated to you")
    .option("--wait", "work here until a person is needed again")
    .option("--key <key>", "repeat safely")
    .action((target: string, options: VoteOptions) =>
      cast(context(), "approve", target, undefined, options),
    );
  program
    .command("changes <target> <comment...>")
    .summary(summaryOf("changes"))
    .description(
      "Request changes. Without a language model a comment may say: exclude <column>, include <column>, metric <name>, set <key> = <value> …",
    )
    .option("--file <path>", "the file it is about, or role:<specialist>")
    .addOption(new Option("--severity <severity>").choices(["must", "should", "question"]))
    .option("--code <code>", "the one-time code that Slack sent you")
    .option("--send-code", "have Slack send you the code, and vote later")
    .option("--for <person>", "vote for somebody who delegated to you")
    .option("--wait", "work here until a person is needed again")
    .option("--key <key>", "repeat safely")
    .action((target: string, comment: string[], options: VoteOptions) =>
      cast(context(), "request_changes", target, comment.join(" "), options),
    );
  program
    .command("reject <target> <reason...>")
    .summary(summaryOf("reject"))
    .option("--code <code>", "the one-time code that Slack sent you")
    .option("--send-code", "have Slack send you the code, and vote later")
    .option("--for <person>", "vote for somebody who delegated to you")
    .option("--key <key>", "repeat safely")
    .action((target: string, reason: string[], options: VoteOptions) =>
      cast(context(), "reject", target, reason.join(" "), options),
    );
};

const addControls = (program: Command, deps: ProgramDeps, json: boolean, finish: Finish): void => {
  const context = () => deps.context(json);
  const add = (
    verb: ControlAction,
    args: string,
    extra: (given: readonly string[]) => ControlOptions,
  ) =>
    program
      .command(`${verb} ${args}`)
      .summary(summaryOf(verb))
      .option("--reason <text>", "why; kept in the audit log")
      .option("--wait", "work here until a person is needed again")
      .option("--key <key>", "repeat safely")
      .option("--dry-run", "rerun: only say what would be done again, and what it cost before")
      .action(async (...given: unknown[]) => {
        const words = given.filter((word): word is string => typeof word === "string");
        const options = given.find(
          (item) => typeof item === "object" && item !== null && !(item instanceof Command),
        );
        const { control } = await import("./commands/control.ts");
        finish(
          await control(context(), verb, words[0] ?? "", {
            ...(options as ControlOptions),
            ...extra(words),
          }),
        );
      });
  add("pause", "<run>", () => ({}));
  add("resume", "<run>", () => ({}));
  add("cancel", "<run>", () => ({}));
  add("retry", "<run> [specialist]", (words) => (words[1] === undefined ? {} : { step: words[1] }));
  add("rerun", "<run> <phase>", (words) => ({ phase: Number(words[1]) }));
};

const addMachine = (program: Command, deps: ProgramDeps, json: boolean, finish: Finish): void => {
  const context = () => deps.context(json);
  program
    .command("verify [run]")
    .summary(summaryOf("verify"))
    .option("--head <sha256>", "log head from a tag or a message, to find a log that was cut short")
    .action(async (run: string | undefined, options: { head?: string }) => {
      finish(await (await import("./commands/verify.ts")).verify(context(), run, options.head));
    });
  program
    .command("doctor")
    .summary(summaryOf("doctor"))
    .action(async () => {
      finish(await (await import("./commands/doctor.ts")).doctor(context()));
    });
  program
    .command("demo")
    .summary(summaryOf("demo"))
    .option("--home <dir>", "the demo's own home", deps.demoHome)
    .action(async (options: { home: string }) => {
      const { demo } = await import("./commands/demo.ts");
      finish(await demo(context(), { dataset: deps.demoDataset, home: options.home }));
    });
  program
    .command("init")
    .summary(summaryOf("init"))
    .option("--claim", "print a new claim code, while nobody claimed the home in Slack")
    .action(async (options: { claim?: boolean }) => {
      const { init } = await import("./commands/init.ts");
      finish(await init(context(), deps.init, options.claim ?? false));
    });
  program
    .command("serve")
    .summary(summaryOf("serve"))
    .action(async () => finish(await deps.serve()));
  addMcp(program, deps.mcp, context, finish);
};

/** Parses the arguments and runs the command; gives the exit code. Errors of commands are thrown on. */
export const runProgram = async (args: readonly string[], deps: ProgramDeps): Promise<ExitCode> => {
  const result: { code: ExitCode } = { code: EXIT.ok };
  const finish: Finish = (code) => {
    result.code = code;
  };
  // Taken out before parsing, so that it may stand before or after the verb.
  const json = args.includes("--json");
  const words = args.filter((word) => word !== "--json");
  const program = new Command("mlpipeline")
    .description("The MLOps team you run from Slack, an assistant or a terminal.")
    .version(deps.version)
    .option("--json", "print answers as JSON, with any command")
    .addHelpText("after", EXIT_HELP)
    .showHelpAfterError("(mlpipeline --help lists the commands)")
    .exitOverride();
  addRunVerbs(program, deps, json, finish);
  addVotes(program, deps, json, finish);
  addControls(program, deps, json, finish);
  addDecisionVerbs(program, () => deps.context(json), finish);
  addPeopleVerbs(program, () => deps.context(json), finish);
  addWatchVerbs(program, () => deps.context(json), finish);
  addMachine(program, deps, json, finish);
  addKeeping(program, deps.keeping, () => deps.context(json), finish);
  addClaude(program, () => deps.context(json), finish);
  for (const command of program.commands) {
    const examples = examplesOf(command.name());
    command.exitOverride().option("--json", "print the answer as JSON");
    if (examples !== "") command.addHelpText("after", examples);
  }
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.unknownCommand") {
      const near = nearestVerb(words[0] ?? "");
      if (near) program.configureOutput().writeErr?.(`Did you mean ${near}?\n`);
    }
    return error.exitCode === 0 ? EXIT.ok : EXIT.input;
  }
  return result.code;
};
