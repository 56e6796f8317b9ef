import { type Command, Option } from "commander";
import type { DigestOptions } from "./commands/digest.ts";
import type { AlertsOptions, WatchOptions } from "./commands/watch.ts";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./io.ts";
import { summaryOf } from "./summaries.ts";

type Finish = (code: ExitCode) => void;

const addModelVerbs = (program: Command, context: () => CliContext, finish: Finish): void => {
  program
    .command("models [pipeline]")
    .summary(summaryOf("models"))
    .action(async (pipeline: string | undefined) => {
      finish(await (await import("./commands/models.ts")).models(context(), pipeline));
    });
  for (const action of ["promote", "rollback"] as const)
    program
      .command(`${action} <pipeline> [version]`)
      .summary(summaryOf(action))
      .action(async (pipeline: string, version: string | undefined) => {
        const { release } = await import("./commands/models.ts");
        finish(await release(context(), action, pipeline, version));
      });
  program
    .command("cost [pipeline]")
    .summary(summaryOf("cost"))
    .option("--days <n>", "1..90", (text) => Number(text), 30)
    .action(async (pipeline: string | undefined, options: { days: number }) => {
      finish(await (await import("./commands/models.ts")).cost(context(), pipeline, options.days));
    });
};

/** The verbs of the watch; each command is loaded when it is used. */
export const addWatchVerbs = (
  program: Command,
  context: () => CliContext,
  finish: Finish,
): void => {
  addModelVerbs(program, context, finish);
  program
    .command("watch [run]")
    .summary(summaryOf("watch"))
    .option("--reference <data>", "what new rows are compared with: a file or a folder")
    .option("--current <data>", "where new rows arrive: a file, a folder, or a table's address")
    .option("--name <slug>", "what the model is called (default: from the data)")
    .option("--time <column>", "the column with the time of a row")
    .option("--window <length>", "auto, or a length such as 8h or 1d")
    .option("--cron <fields>", "when to look, five cron fields (default: each hour)")
    .option("--zone <zone>", "the time zone of the schedule (default: UTC)")
    .option("--key <key>", "repeat safely")
    .action(async (run: string | undefined, options: WatchOptions) => {
      finish(await (await import("./commands/watch.ts")).watch(context(), run, options));
    });
  program
    .command("monitor [model]")
    .alias("drift")
    .summary(summaryOf("drift"))
    .action(async (model: string | undefined) => {
      finish(await (await import("./commands/watch.ts")).monitor(context(), model));
    });
  program
    .command("digest [when]")
    .summary(summaryOf("digest"))
    .description("now (the default), on or off")
    .option("--to <whom>", "me (the default), channel:<id> or person:<id>")
    .option("--cron <fields>", "when, five cron fields (default: weekdays at nine)")
    .option("--zone <zone>", "the time zone of the schedule (default: the workspace's)")
    .addOption(new Option("--quiet <what>", "when nothing happened").choices(["line", "nothing"]))
    .action(async (when: string | undefined, options: DigestOptions) => {
      const { digest } = await import("./commands/digest.ts");
      finish(await digest(context(), when ?? "now", options));
    });
  program
    .command("alerts [incident] [action]")
    .alias("alert")
    .summary(summaryOf("alerts"))
    .description(
      "List incidents, show one, or act on it: ack, assign, snooze, false-alarm, retrain, rollback, resolve",
    )
    .option("--mine", "those that are assigned to you")
    .option("--all", "those that are over too")
    .option("--model <model>", "of one model")
    .option("--to <person>", "assign: to whom")
    .option("--until <time>", "snooze: 1h, 1d, a time, or next_deploy")
    .addOption(
      new Option("--reason <reason>", "false-alarm: why").choices([
        "season",
        "known_change",
        "too_small",
        "broken_data",
        "other",
      ]),
    )
    .option("--note <text>", "kept with it")
    .action(
      async (incident: string | undefined, action: string | undefined, options: AlertsOptions) => {
        const { alerts } = await import("./commands/watch.ts");
        finish(await alerts(context(), incident, action, options));
      },
    );
};
