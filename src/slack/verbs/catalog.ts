import { controls, rerun, retry, stop, votes } from "./acts.ts";
import type { Verb } from "./define.ts";
import { help } from "./help.ts";
import { approvals, doctorVerb, runs, status } from "./reads.ts";

/** What people can type in Slack, by verb. A verb of the shared table that is missing here is one of the terminal or of a later release. */
export const SLACK_VERBS: Readonly<Record<string, Verb>> = {
  help,
  status,
  runs,
  approvals,
  approve: votes("approve"),
  changes: votes("changes"),
  reject: votes("reject"),
  pause: controls("pause"),
  resume: controls("resume"),
  cancel: controls("cancel"),
  retry,
  rerun,
  stop,
  doctor: doctorVerb,
};
