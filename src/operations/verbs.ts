import { nearMatches } from "../spec/intake-near.ts";

/** One verb of the table that Slack and the terminal share. `surfaces` says where it exists. */
export interface Verb {
  readonly verb: string;
  readonly usage: string;
  readonly summary: string;
  readonly surfaces: "both" | "terminal";
}

const both = (verb: string, usage: string, summary: string): Verb => ({
  verb,
  usage,
  summary,
  surfaces: "both",
});
const terminal = (verb: string, usage: string, summary: string): Verb => ({
  verb,
  usage,
  summary,
  surfaces: "terminal",
});

/** What a person can type after `/mlpipeline` or `mlpipeline`. */
export const VERBS: readonly Verb[] = [
  both("start", "", "Start a run from a goal, a dataset and a target column"),
  both("status", "[run]", "Where everything stands, or where one run stands"),
  both("runs", "", "List runs, newest first"),
  both("show", "<run> [file]", "Show a run's handoff, deliverables, or one file"),
  both("approvals", "", "What waits for a decision"),
  both("approve", "<run or approval>", "Approve what waits"),
  both("changes", "<run or approval> <comment>", "Request changes"),
  both("reject", "<run or approval> <reason>", "Reject what waits"),
  both("pause", "<run>", "Pause a run"),
  both("resume", "<run>", "Resume a paused run"),
  both("cancel", "<run>", "Cancel a run"),
  both("retry", "<run> [specialist]", "Try a blocked specialist again"),
  both("rerun", "<run> <phase>", "Do a run again from a phase on"),
  both("unblock", "<run> [specialist]", "Let a blocked specialist go on, or take its draft"),
  both("raise", "<run> <amount>", "Approve more budget for a run"),
  both("delegate", "<run> <person> <until>", "Let another person vote for you"),
  both("extend", "<run or approval> <until>", "Give an approval more time (owner)"),
  both("compare", "<run> <run>", "Set two runs side by side"),
  both("audit", "[run]", "Who decided or changed what"),
  both("claim", "<code>", "Make this Slack account the owner's, with the code that init printed"),
  both("link", "[code]", "Tie two accounts to one person, with a one-time code"),
  both("people", "", "Who is here; add people, roles and accounts"),
  both("policy", "[pipeline]", "Who decides what, and change it"),
  both("watch", "[run]", "Watch what a run has built, or any model by its data"),
  both("drift", "[model]", "What the monitors say: drift, quality, performance"),
  both("alerts", "[open|mine|all]", "Incidents of the watch"),
  both("alert", "<incident> [action]", "Show an incident, or act on it"),
  both("follow", "<run>", "Be told directly what happens to a run"),
  both("unfollow", "<run>", "No longer be told of a run"),
  both("digest", "now|on|off", "The summary now, or on a schedule"),
  both("models", "[pipeline]", "Model versions and who is champion"),
  both("promote", "<pipeline> [version]", "Ask people to serve another version"),
  both("rollback", "<pipeline> [version]", "Ask people to serve the version before"),
  both("cost", "[pipeline] [7d|30d|month]", "What models and the cloud have cost"),
  both("consent", "[level]", "What may go to Claude, and the owner's consent to it"),
  both("doctor", "", "What works here, what does not, and what to do"),
  terminal("usage", "[run]", "What Claude has cost, by phase, specialist and turn"),
  terminal("replay", "<run>", "Build a run's requests again from its records, at no cost"),
  terminal("init", "", "Make this folder a home, with you as its owner"),
  terminal("verify", "[run]", "Check the event log and everything it names"),
  terminal("backup", "<file>", "Write a backup of this home, also while it is in use"),
  terminal("restore", "<file>", "Restore a backup into an empty home"),
  terminal("bundle", "<run> [file]", "Write a run's repository as one file for git clone"),
  terminal(
    "forget",
    "<snapshot or run>",
    "Remove a dataset's bytes for good; the log stays verifiable",
  ),
  terminal("metrics", "", "Print figures for Prometheus, or check that a worker is alive"),
  terminal("demo", "", "Build a whole pipeline from a real dataset, offline"),
  terminal("serve", "", "Run the bot and the worker"),
  terminal("mcp", "[install]", "Serve assistants over stdio (MCP), or add this home to one"),
];

/** The verb that was probably meant, for "Did you mean …?"; null when nothing is near. */
export const nearestVerb = (typed: string): string | null =>
  nearMatches(
    typed,
    VERBS.map(({ verb }) => verb),
  )[0] ?? null;
