/** A column and whether it gives the target away; `why` says how it was made. */
export interface PlantedColumn {
  readonly name: string;
  readonly leaks: boolean;
  readonly why: string;
  readonly cells: readonly string[];
}

export interface LeakyTable {
  readonly target: readonly string[];
  readonly columns: readonly PlantedColumn[];
}

const ROWS = 1_500;

/** Uniform numbers 0..1 from a seed; source: mulberry32. */
const uniform = (seed: number): (() => number) => {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};
const rows = (cell: (n: number) => string | number): readonly string[] =>
  Array.from({ length: ROWS }, (_, n) => String(cell(n)));
const day = (n: number): string =>
  new Date(Date.UTC(2023, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** What honest columns look like; some only look suspicious. */
const honest = (
  next: () => number,
  signal: (n: number) => number,
  when: (n: number) => number,
): readonly PlantedColumn[] => {
  const column = (
    name: string,
    why: string,
    cell: (n: number) => string | number,
  ): PlantedColumn => ({
    name,
    why,
    leaks: false,
    cells: rows(cell),
  });
  return [
    column("load", "noise", () => (next() * 100).toFixed(1)),
    column("pressure", "a strong cause", (n) => (signal(n) * 2 + next()).toFixed(3)),
    column("hours", "a weak cause", (n) => Math.round(signal(n) * 20 + next() * 100)),
    column(
      "region",
      "labels",
      () => ["north", "south", "east", "west"][Math.floor(next() * 4)] ?? "",
    ),
    column("shop", "many labels", () => `s${Math.floor(next() * 120)}`),
    column("machine_id", "an entity that repeats", (n) => `m${n % 150}`),
    column("unit_cost", "a name that sounds like an outcome, without relation", () =>
      (next() * 50).toFixed(2),
    ),
    column(
      "result_type",
      "a name that sounds like an outcome, without relation",
      () => ["a", "b"][Math.floor(next() * 2)] ?? "",
    ),
    column("booked_on", "a date before the event", (n) =>
      day(when(n) - 5 - Math.floor(next() * 30)),
    ),
    column("due_on", "a date after the event that is known beforehand", (n) =>
      day(when(n) + 10 + Math.floor(next() * 20)),
    ),
    column("discount", "mostly zero", () => (next() < 0.9 ? 0 : Math.round(next() * 30))),
    column("survey", "missing a little more often for one outcome", (n) =>
      next() < 0.2 + signal(n) * 0.2 ? "" : Math.round(next() * 10),
    ),
    column("weekday", "few values", (n) => when(n) % 7),
  ];
};

const leak = (name: string, why: string, cell: (n: number) => string | number): PlantedColumn => ({
  name,
  why,
  leaks: true,
  cells: rows(cell),
});

const moments = (next: () => number) => {
  const when = Array.from({ length: ROWS }, (_, n) => Math.floor(n / 2) + Math.floor(next() * 2));
  return (n: number): number => when[n] ?? 0;
};
const occurred = (when: (n: number) => number): PlantedColumn => ({
  name: "occurred_on",
  why: "the event time",
  leaks: false,
  cells: rows((n) => day(when(n))),
});

/** Sixteen ways in which a column tells a two-valued target, two of them without any trace in the column alone. */
export const binaryTable = (seed: number): LeakyTable => {
  const next = uniform(seed);
  const when = moments(next);
  const cause = Array.from({ length: ROWS }, () => next());
  const y = cause.map((x) => (next() < 0.05 + 0.5 * x * x ? 1 : 0));
  const of = (n: number): number => y[n] ?? 0;
  const hidden = Array.from({ length: ROWS }, () => Math.round(next() * 1_000));
  const team = (n: number): number => Math.floor(n / 6);
  const teamRate = (n: number): number => mean(y.slice(team(n) * 6, team(n) * 6 + 6));
  return {
    target: rows((n) => (of(n) ? "yes" : "no")),
    columns: [
      occurred(when),
      ...honest(next, (n) => cause[n] ?? 0, when),
      leak("state_code", "a copy under other labels", (n) => (of(n) ? "K" : "M")),
      leak("all_good", "the negation", (n) => String(of(n) === 0)),
      leak("flagged", "a copy with 1 % errors", (n) => (next() < 0.01 ? 1 - of(n) : of(n))),
      leak("points", "a score that separates", (n) => (of(n) + next() * 0.9).toFixed(4)),
      leak("grams", "a number that separates, the other way round", (n) =>
        Math.round((2 - of(n)) * 1_000 + next() * 900),
      ),
      leak("amount_b", "an amount that only positives have", (n) =>
        of(n) && next() < 0.8 ? Math.round(next() * 900 + 10) : 0,
      ),
      leak("handler", "a label that only positives have", (n) =>
        of(n) && next() < 0.9 ? (["A", "B", "C"][Math.floor(next() * 3)] ?? "") : "",
      ),
      leak("rating", "a value that positives lack", (n) => (of(n) ? "" : Math.round(next() * 5))),
      leak("reviewed_at", "a moment that only positives have", (n) =>
        of(n) ? day(when(n) + 3) : "",
      ),
      leak("last_updated", "a moment after every event", (n) =>
        day(when(n) + 1 + Math.floor(next() * 9)),
      ),
      leak("seen_on", "a moment whose delay tells", (n) =>
        day(when(n) + (of(n) ? 20 : 2) + Math.floor(next() * 6)),
      ),
      leak("team_level", "the mean of the target per team", (n) => teamRate(n).toFixed(6)),
      leak("final_grade", "its name, and a clear association", (n) =>
        Math.round(of(n) * 2 + next() * 5),
      ),
      leak("case_no", "an identifier", (n) => `C-${10_000 + n}`),
      leak("left", "with `right` it is the target, alone it is noise", (n) => hidden[n] ?? 0),
      leak("quiet_proxy", "written afterwards, but neither name nor strength tells", (n) =>
        (of(n) * 0.8 + next() * 1.4).toFixed(3),
      ),
    ],
  };
};

/** Six ways in which a column tells a number. */
export const regressionTable = (seed: number): LeakyTable => {
  const next = uniform(seed + 1_000);
  const when = moments(next);
  const cause = Array.from({ length: ROWS }, () => next());
  const y = cause.map((x) => Math.exp(x * 2 + next() * 2));
  const of = (n: number): number => y[n] ?? 0;
  return {
    target: rows((n) => of(n).toFixed(4)),
    columns: [
      occurred(when),
      ...honest(next, (n) => cause[n] ?? 0, when),
      leak("cents", "the target in another unit", (n) => Math.round(of(n) * 100)),
      leak("log_form", "its logarithm", (n) => Math.log(of(n)).toFixed(5)),
      leak(
        "band",
        "which tenth it lies in",
        (n) => `b${Math.min(19, Math.floor(Math.log(of(n)) * 5))}`,
      ),
      leak("noisy", "a copy with a little noise", (n) =>
        (of(n) * (0.99 + next() * 0.02)).toFixed(3),
      ),
      leak("batch_mean", "the mean of the target per batch", (n) => {
        const from = Math.floor(n / 5) * 5;
        return mean(y.slice(from, from + 5).map((v) => Number(v.toFixed(4)))).toFixed(6);
      }),
      leak("record_no", "counts the rows", (n) => n + 1),
    ],
  };
};

/** Twelve ways in which a column tells one of four labels, one of them without any trace in the column alone. */
export const multiclassTable = (seed: number): LeakyTable => {
  const next = uniform(seed + 2_000);
  const when = moments(next);
  const cause = Array.from({ length: ROWS }, () => next());
  const y = cause.map((x) => Math.min(3, Math.floor((x * 0.5 + next() * 0.5) * 4)));
  const of = (n: number): number => y[n] ?? 0;
  return {
    target: rows((n) => ["red", "green", "blue", "grey"][of(n)] ?? ""),
    columns: [
      occurred(when),
      ...honest(next, (n) => cause[n] ?? 0, when),
      leak("code", "a copy as a number", (n) => of(n) * 10),
      leak("letter", "a copy under other labels", (n) => "WXYZ"[of(n)] ?? ""),
      leak("level", "a number that separates", (n) => (of(n) + next() * 0.9).toFixed(4)),
      leak("name_of_row", "an identifier", (n) => `row-${n}`),
      leak("final_state", "its name, and a clear association", (n) =>
        next() < 0.5 ? of(n) : Math.floor(next() * 4),
      ),
      leak("repair", "written for one label only", (n) =>
        of(n) === 2 ? Math.round(40 + next() * 400) : 0,
      ),
      leak("ticket", "filled for one label only, nearly", (n) =>
        of(n) === 1 && next() < 0.8 ? `t${Math.floor(next() * 40)}` : next() < 0.01 ? "t1" : "",
      ),
      leak("inspected", "emptied by one label", (n) =>
        of(n) === 3 && next() < 0.9 ? "" : Math.round(next() * 30),
      ),
      leak("batch_share", "the share of one label per batch", (n) => {
        const from = Math.floor(n / 6) * 6;
        return mean(y.slice(from, from + 6).map((v) => (v === 0 ? 1 : 0))).toFixed(6);
      }),
      leak("modified_on", "a moment after every event", (n) =>
        day(when(n) + 1 + Math.floor(next() * 9)),
      ),
      leak("seen_on", "a moment whose delay tells one label", (n) =>
        day(when(n) + (of(n) === 3 ? 20 : 2) + Math.floor(next() * 6)),
      ),
      leak("quiet_proxy", "written afterwards, but neither name nor strength tells", (n) =>
        (of(n) * 0.4 + next() * 1.6).toFixed(3),
      ),
    ],
  };
};
