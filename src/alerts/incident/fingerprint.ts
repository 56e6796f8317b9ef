import { sha256 } from "../../lib/hash.ts";
import type { Verdict } from "../../monitors/verdict.ts";
import { isHarm, severityOf } from "./severity.ts";
import type { Finding, IncidentLabels } from "./types.ts";

/** Hash of sorted labels. Values and severity are left out, so the same problem keeps its fingerprint while it grows. */
export const fingerprintOf = (labels: Readonly<Record<string, string>>): string =>
  sha256(
    Object.entries(labels)
      .filter(([, value]) => value !== "")
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, value]) => `${JSON.stringify(name)}=${JSON.stringify(value)}`)
      .join("\n"),
  );

/** Every label of one alert: what silences match and receivers get. */
export const labelsOf = (
  labels: IncidentLabels,
  { monitor, rule, segment, subject }: Pick<Verdict, "monitor" | "rule" | "segment" | "subject">,
): Readonly<Record<string, string>> => ({
  ...labels,
  monitor,
  rule,
  subject,
  ...(segment === null ? {} : { segment }),
});

/** The group of an Incident: alerts of the same pipeline, environment, model and cause are one. */
export const groupKeyOf = ({ cause, environment, model, pipeline }: IncidentLabels): string =>
  [pipeline, environment, model, cause].map(encodeURIComponent).join("/");

export const findingOf = (labels: IncidentLabels, verdict: Verdict): Finding => ({
  fingerprint: fingerprintOf(labelsOf(labels, verdict)),
  severity: severityOf(verdict),
  harm: isHarm(verdict),
  verdict,
});
