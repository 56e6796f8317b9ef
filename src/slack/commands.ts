import type { App } from "@slack/bolt";
import type { z } from "zod";
import type { Actor } from "../engine/command.ts";
import type { Operation } from "../operations/define.ts";
import { pipelineStatus } from "../operations/pipeline-status.ts";
import { runStart } from "../operations/run-start.ts";
import { nearestVerb, VERBS } from "../operations/verbs.ts";
import { type FindPerson, slackActor, unknownPerson } from "./identity.ts";
import type { MessageIndex } from "./messages.ts";
import { type ParsedCommand, parseCommand } from "./parse-command.ts";
import { errorWords } from "./words.ts";

export interface CommandDeps {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly findPerson: FindPerson;
  readonly messages: MessageIndex;
}

interface Asked {
  readonly parsed: ParsedCommand;
  readonly actor: Actor;
  readonly key: string;
  readonly channel: string;
}

const HANDLED = ["start", "status", "help"];

const help = (): string =>
  [
    "What I understand here:",
    ...VERBS.filter((verb) => HANDLED.includes(verb.verb)).map(
      (verb) => `• /mlpipeline ${verb.verb} ${verb.usage}: ${verb.summary}`,
    ),
    'Start: /mlpipeline start data:<path> target:"<column>" goal:"<sentence>" [option:value …]',
  ].join("\n");

const START_FIELDS: Readonly<Record<string, string>> = {
  data: "dataset",
  target: "target",
  goal: "goal",
  name: "pipeline",
  positive: "positive",
};

const startInput = ({ values }: ParsedCommand): Record<string, unknown> => {
  const options: Record<string, string> = {};
  const input: Record<string, unknown> = { options };
  for (const [key, value] of Object.entries(values)) {
    const field = START_FIELDS[key];
    if (field) input[field] = value;
    else options[key] = value;
  }
  return input;
};

const start = async (deps: CommandDeps, asked: Asked): Promise<string> => {
  const call = { actor: asked.actor, key: asked.key };
  const started = (await deps.operations
    .get(runStart.name)
    ?.run(startInput(asked.parsed), call)) as z.output<typeof runStart.output>;
  await deps.messages.put(`channel/${started.run_id}`, asked.channel);
  const assumed = started.assumptions.map((item) => `• ${item}`).join("\n");
  return `Started ${started.run}: ${started.rows} rows × ${started.columns} columns, target ${started.target}.${assumed === "" ? "" : `\nAssumed:\n${assumed}`}`;
};

const status = async (deps: CommandDeps, asked: Asked): Promise<string> => {
  const run = asked.parsed.words[0];
  const call = { actor: asked.actor, key: asked.key };
  const found = (await deps.operations
    .get(pipelineStatus.name)
    ?.run(run === undefined ? {} : { run_id: run }, call)) as z.output<
    typeof pipelineStatus.output
  >;
  const lines = found.runs.map(
    (line) =>
      `• ${line.run}: ${line.status}${line.waits_for ? `, waits for ${line.waits_for}` : ""}`,
  );
  return [found.summary, ...lines].join("\n");
};

const respond = (deps: CommandDeps, asked: Asked): Promise<string> => {
  switch (asked.parsed.verb) {
    case "start":
      return start(deps, asked);
    case "status":
      return status(deps, asked);
    case "help":
      return Promise.resolve(help());
    default: {
      const near = nearestVerb(asked.parsed.verb);
      const guess = near === null || !HANDLED.includes(near) ? "" : ` Did you mean \`${near}\`?`;
      return Promise.resolve(`I do not know "${asked.parsed.verb}" here.${guess}\n${help()}`);
    }
  }
};

/** `/mlpipeline`: acknowledged at once, answered to the person alone; what a run shows comes through the outbox. */
export const registerCommands = (app: App, deps: CommandDeps): void => {
  app.command("/mlpipeline", async ({ ack, command, respond: reply }) => {
    await ack();
    const actor = await slackActor(deps.findPerson, command.team_id, command.user_id);
    const parsed = parseCommand(command.text);
    const asked: Asked = {
      parsed,
      actor,
      key: `slack/${command.team_id}/${command.trigger_id}`,
      channel: command.channel_id,
    };
    const words =
      actor.person === null && parsed.verb !== "help"
        ? unknownPerson(command.team_id, command.user_id)
        : await respond(deps, asked).catch((error: unknown) =>
            errorWords(error, command.trigger_id),
          );
    await reply({ response_type: "ephemeral", text: words });
  });
};
