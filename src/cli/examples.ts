/** What `mlpipeline <verb> --help` shows below the options: the calls people make most. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  start: [
    'mlpipeline start --data strikes.csv --target damage --goal "predict which strikes damage the aircraft" --wait',
    "mlpipeline start --data strikes.csv --target damage --goal … --option experiment_tracking=mlflow",
  ],
  status: ["mlpipeline status", "mlpipeline status strikes-12"],
  show: [
    "mlpipeline show strikes-12",
    "mlpipeline show strikes-12 deliverables",
    "mlpipeline show strikes-12 docs/data-card.md",
  ],
  approve: [
    "mlpipeline approve strikes-12",
    "mlpipeline approve strikes-12 --send-code      Slack sends you a code",
    "mlpipeline approve strikes-12 --code 7KQ2-M4TD-9XWB",
    'mlpipeline approve strikes-12 --waive "trained elsewhere, see the ticket"',
    "mlpipeline approve strikes-12 --for ana      with her delegation",
    "mlpipeline approve strikes-12 --raise-to 20",
  ],
  changes: [
    'mlpipeline changes strikes-12 "exclude Cost: it is known only afterwards"',
    'mlpipeline changes strikes-12 "say why" --file docs/data-card.md --severity must',
  ],
  reject: ['mlpipeline reject strikes-12 "the data is from the wrong year"'],
  raise: [
    "mlpipeline raise strikes-12 20      up to 20 USD (or tokens, or hours, as it was asked)",
  ],
  rerun: ["mlpipeline rerun strikes-12 2", "mlpipeline rerun strikes-12 2 --dry-run"],
  unblock: [
    "mlpipeline unblock strikes-12",
    'mlpipeline unblock strikes-12 ml-engineer --draft --note "good enough for now"',
  ],
  delegate: [
    "mlpipeline delegate strikes-12 bo 3d",
    "mlpipeline delegate strikes-12 bo 2026-12-24",
  ],
  extend: ["mlpipeline extend strikes-12 24h"],
  compare: ["mlpipeline compare strikes-11 strikes-12"],
  audit: [
    "mlpipeline audit strikes-12",
    "mlpipeline audit --action CastVote.approve --person ana",
    "mlpipeline audit strikes-12 --format csv > audit.csv",
  ],
  link: [
    "mlpipeline link      prints a code: type it in Slack as /mlpipeline link CODE",
    "mlpipeline link 7KQ2-M4TD-9XWB      the code that Slack gave you",
  ],
  claim: ["mlpipeline claim 7KQ2-M4TD-9XWB"],
  people: [
    "mlpipeline people",
    "mlpipeline people ana --name Ana --role reviewer --slack T012:U345",
    "mlpipeline people ana --untie slack:T012/U345",
    "mlpipeline people ana --off",
  ],
  policy: [
    "mlpipeline policy",
    "mlpipeline policy strikes",
    "mlpipeline policy --level phase.3 --set quorum=2 --set deadline=8h",
    "mlpipeline policy --set people=ana,bo --set escalate_to=cy;dan,eli",
    "mlpipeline policy --level phase.3 --unset deadline",
    "mlpipeline policy --role reviewer=read,approve",
  ],
  consent: ["mlpipeline consent", "mlpipeline consent aggregates"],
  backup: ["mlpipeline backup /backups/ml-$(date +%F).tar.gz"],
  restore: ["MLPIPELINE_HOME=/srv/new mlpipeline restore /backups/ml-2026-11-25.tar.gz"],
  bundle: ["mlpipeline bundle strikes-12 && git clone strikes-12.bundle"],
  forget: [
    "mlpipeline forget strikes-12      says what would go",
    "mlpipeline forget 45777edf6998 --yes",
  ],
  metrics: [
    "mlpipeline metrics > /var/lib/node-exporter/mlpipeline.prom",
    "mlpipeline metrics --check      exit code 0 while a worker is alive, else 5",
  ],
  init: [
    "mlpipeline init",
    "mlpipeline init --claim      a new code while nobody claimed it in Slack",
  ],
  verify: [
    "mlpipeline verify",
    "mlpipeline verify strikes-12 --head <sha256 from a tag or message>",
  ],
};

/** The examples of one verb as help text; empty where there are none. */
export const examplesOf = (verb: string): string => {
  const lines = EXAMPLES[verb] ?? [];
  return lines.length === 0 ? "" : `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
};
