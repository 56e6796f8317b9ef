import type { IncidentView } from "./views.ts";

const SIZE = { width: 800, height: 380 };
const ALT_MAX = 1_000;

const day = (ms: number): string => new Date(ms).toISOString().slice(5, 16).replace("T", " ");
const figure = (value: number | null): string => (value === null ? "–" : value.toPrecision(2));

/** "wing_span: ks .22, limit .05, 84120 rows, seen 3 times in a row": the chart's finding in words. */
export const chartAlt = (view: IncidentView): string => {
  const [top] = view.alerts;
  if (top === undefined) return view.title;
  const { limit, name, rows, value } = top.figure;
  const parts = [
    `${top.subject}: ${name} ${figure(value)}`,
    ...(limit === null ? [] : [`limit ${figure(limit)}`]),
    ...(rows === null ? [] : [`${rows} rows`]),
    `seen in ${view.times} ${view.times === 1 ? "check" : "checks"}`,
  ];
  return `${parts.join(", ")}.`.slice(0, ALT_MAX);
};

/** The series of an Incident's worst alert as PNG; null with fewer than two points. */
export const incidentChart = async (
  view: IncidentView,
): Promise<{ readonly png: Uint8Array; readonly alt: string } | null> => {
  const [top] = view.alerts;
  const judged = view.points.filter((point) => point.value !== null);
  if (top === undefined || judged.length < 2) return null;
  // Loaded when a chart is drawn: the library takes as long as all the rest together.
  const { limitSeriesChart } = await import("../../alerts/charts/limit-series.ts");
  const { renderPng } = await import("../../alerts/charts/render-png.ts");
  const option = limitSeriesChart({
    title: view.title,
    valueName: top.figure.name,
    limitName: "limit",
    points: view.points.map(({ atMs, limit, value }) => ({ label: day(atMs), value, limit })),
  });
  return { png: renderPng(option, SIZE), alt: chartAlt(view) };
};
