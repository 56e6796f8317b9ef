import { UserInputError } from "../../lib/errors.ts";
import { alertResolve } from "../../operations/alert-resolve.ts";
import { alertsList } from "../../operations/alerts-list.ts";
import { incidentGet } from "../../operations/incident-get.ts";
import { monitorDrift } from "../../operations/monitor-drift.ts";
import { watchStart } from "../../operations/watch-start.ts";
import { open, say } from "../answer.ts";
import { mustBeKnown, perform } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { actions, button, section, sentences, utc } from "../blocks/elements.ts";
import { renderIncident } from "../blocks/incident-message.ts";
import { type IncidentAction, incidentModalId } from "../modals/incident.ts";
import { onlyKeys, type Verb } from "./define.ts";

const WHICH = ["open", "mine", "all"] as const;
const SHOWN = 9;

/** Incidents, each with a button that asks what to do. */
export const alerts: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["model"]);
  const which = WHICH.find((one) => one === parsed.words[0]?.toLowerCase()) ?? "open";
  const { model } = parsed.values;
  const found = await perform(deps, asker, alertsList, {
    which,
    ...(model === undefined ? {} : { model }),
  });
  if (found.incidents.length === 0)
    return say(which === "all" ? "There was no incident yet." : "No incident is open.");
  const line = (one: (typeof found.incidents)[number]) =>
    `${one.title}: ${one.severity}, ${one.state.replace("_", " ")}${one.assignee ? `, ${one.assignee}` : ""}, last ${utc(one.last_seen)}. ${one.said}`;
  return say({
    text: sentences(...found.incidents.map(line)),
    blocks: found.incidents.slice(0, SHOWN).flatMap((one, at) => [
      section(line(one), 600),
      ...(one.state === "resolved" || one.state === "false_alarm"
        ? []
        : [
            actions(
              button(
                "Act…",
                `${ACTIONS.openModal}.${at}`,
                `incident:${incidentModalId(one.incident)}`,
                {
                  says: `Act on ${one.title}`,
                },
              ),
            ),
          ]),
    ]),
  });
};

const WORDS: Readonly<Record<string, IncidentAction>> = {
  ack: "ack",
  acknowledge: "ack",
  assign: "assign",
  snooze: "snooze",
  "false-alarm": "false_alarm",
  false_alarm: "false_alarm",
  retrain: "retrain",
  rollback: "rollback",
  resolve: "resolve",
};

/** `alert <id> [action]`: acknowledging happens at once, everything else asks first. */
export const alertVerb: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const [ref, word] = parsed.words;
  if (ref === undefined)
    throw new UserInputError("NO_TARGET", "say which incident: `alert <id> ack`", {
      next: "`alerts` lists them",
    });
  if (word === undefined)
    return say(renderIncident(await perform(deps, asker, incidentGet, { incident: ref })));
  const action = WORDS[word.toLowerCase()];
  if (action === undefined)
    throw new UserInputError("UNKNOWN_ACTION", `"${word}" is nothing that an incident takes`, {
      next: Object.keys(WORDS).join(", "),
    });
  await mustBeKnown(deps, asker, false);
  if (action !== "ack") return open("incident", incidentModalId(ref, action));
  const done = await perform(deps, asker, alertResolve, { incident: ref, action });
  return say(`Acknowledged: ${done.title}.`);
};

/** Where every monitor of a model stands, or of all. */
export const drift: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const [model] = parsed.words;
  const found = await perform(deps, asker, monitorDrift, model === undefined ? {} : { model });
  if (found.monitors.length === 0)
    return say("Nothing is watched yet. `watch <run>` watches what a run has built.");
  const lines = found.monitors.map((one) => {
    const when = one.checked_at ? `checked ${utc(one.checked_at)}` : "not checked yet";
    const late = one.late ? ", LATE" : "";
    const worst = one.said[0];
    return `• ${one.monitor}: ${one.level.replaceAll("_", " ")}, ${one.firing} of ${one.judged} firing, ${when}${late}${worst ? `. ${worst.subject}: ${worst.said}` : ""}`;
  });
  return say(lines.join("\n"));
};

/** `watch <run>`, or `watch name:x reference:a.parquet current:dir/`. */
export const watch: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["name", "reference", "current", "cron", "zone", "time", "window"]);
  const run = parsed.words[0] ?? asker.threadRun ?? undefined;
  const files = parsed.values.reference !== undefined || parsed.values.current !== undefined;
  const started = await perform(deps, asker, watchStart, {
    ...(run === undefined || files ? {} : { run }),
    ...parsed.values,
  });
  const lines = started.monitors.map(
    (one) =>
      `• ${one.monitor}, every ${one.every_hours} h: ${one.level.replaceAll("_", " ")}. ${one.said.join(" ")}`,
  );
  return say([`${started.name} is watched.`, ...lines].join("\n"));
};
