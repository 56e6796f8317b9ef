import { modelPromote, modelRollback } from "../../operations/models.ts";
import { controls, rerun, retry, stop, votes } from "./acts.ts";
import { consent } from "./consent.ts";
import type { Verb } from "./define.ts";
import { digest } from "./digest.ts";
import { diff, evidence, post } from "./files.ts";
import { follows } from "./follow.ts";
import { help } from "./help.ts";
import { cost, models, releases } from "./models.ts";
import { audit, claim, link, people, policy, settings } from "./people.ts";
import { approvals, doctorVerb, runs, status } from "./reads.ts";
import { compare, show } from "./show.ts";
import { start } from "./start.ts";
import { alerts, alertVerb, drift, watch } from "./watch.ts";

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
  raise: votes("raise"),
  delegate: votes("delegate"),
  extend: votes("extend"),
  start,
  stop,
  follow: follows(true),
  unfollow: follows(false),
  doctor: doctorVerb,
  unblock: retry,
  show,
  compare,
  post,
  evidence,
  diff,
  claim,
  link,
  audit,
  people,
  policy,
  consent,
  settings,
  watch,
  drift,
  alerts,
  alert: alertVerb,
  digest,
  models,
  cost,
  promote: releases(modelPromote),
  rollback: releases(modelRollback),
};
