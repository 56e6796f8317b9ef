/** One dataset of the table: what is asked of it, and what a sound training run must say about it. */
export interface Case {
  readonly name: string;
  readonly kind: string;
  readonly goal: string;
  readonly target: string;
  readonly positive?: string;
  /** Further sources, `<name>=<file>,key=…`; FOLDER stands for where the dataset lies. */
  readonly sources?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
  /** Read out of a Postgres of its own, where one is installed. */
  readonly postgres?: true;
  /** Signal was planted or is known: the trivial rule must be beaten. Too few rows prove nothing either way. */
  readonly signal: boolean;
}

export const BIRDSTRIKES: Case = {
  name: "birdstrikes",
  kind: "binary, time",
  goal: "Predict which wildlife strikes damage the aircraft",
  target: "Effect Amount of damage",
  signal: true,
};

/** In the order in which they run; the first builds the environment that makes the others. */
export const CASES: readonly Case[] = [
  BIRDSTRIKES,
  {
    name: "imbalanced",
    kind: "binary, 1.5 % positives",
    goal: "Predict which payments are fraud",
    target: "fraud",
    positive: "yes",
    signal: true,
  },
  {
    name: "classes",
    kind: "four classes, one is None",
    goal: "Predict the level of the next alarm",
    target: "alarm_level",
    signal: true,
  },
  {
    name: "skewed",
    kind: "regression, negative tail",
    goal: "Predict the result of a contract",
    target: "result",
    signal: true,
  },
  {
    name: "seasonal",
    kind: "regression, time",
    goal: "Predict the sales of a day",
    target: "sales",
    signal: true,
  },
  {
    name: "groups",
    kind: "binary, entities",
    goal: "Predict which customers will leave",
    target: "left",
    positive: "1",
    signal: true,
  },
  {
    name: "tiny",
    kind: "binary, 200 rows",
    goal: "Predict which patients recover",
    target: "recovered",
    positive: "yes",
    signal: false,
  },
  {
    name: "wide",
    kind: "binary, 250 columns",
    goal: "Predict which machines will fail",
    target: "failed",
    positive: "failed",
    signal: true,
  },
  {
    name: "mixed",
    kind: "binary, text and gaps",
    goal: "Predict which loans will default",
    target: "defaulted",
    positive: "yes",
    signal: true,
  },
  {
    name: "flags",
    kind: "binary, booleans",
    goal: "Predict which houses will be burgled",
    target: "burgled",
    signal: true,
  },
  {
    name: "personal",
    kind: "binary, personal entity",
    goal: "Predict which orders will be returned",
    target: "returned",
    positive: "yes",
    signal: true,
  },
  {
    name: "joined",
    kind: "binary, three sources as-of",
    goal: "Predict which deliveries break down",
    target: "broke_down",
    positive: "yes",
    sources: [
      "dataset=FOLDER/joined.csv,event_time=ordered",
      "readings=FOLDER/joined-readings.csv,key=van,event_time=at",
      "vans=FOLDER/joined-vans.csv,key=van",
    ],
    signal: true,
  },
  {
    name: "database",
    kind: "binary, Postgres, change log",
    goal: "Predict which patients recover",
    target: "recovered",
    positive: "yes",
    postgres: true,
    options: { change_capture: "log" },
    signal: false,
  },
  {
    name: "breast_cancer",
    kind: "binary, public",
    goal: "Predict which tumours are malignant",
    target: "outcome",
    positive: "malignant",
    signal: true,
  },
  {
    name: "wine",
    kind: "three classes, public",
    goal: "Predict the cultivar of a wine",
    target: "outcome",
    signal: false,
  },
  {
    name: "diabetes",
    kind: "regression, public",
    goal: "Predict the progression of the disease",
    target: "outcome",
    signal: false,
  },
  {
    name: "digits",
    kind: "ten classes, public",
    goal: "Predict the digit that was written",
    target: "outcome",
    signal: true,
  },
];
