import type { EChartsOption } from "echarts";

/** A figure over windows beside the limit that it is held against. `value` null: the window could not be judged. */
export interface LimitSeries {
  readonly title: string;
  readonly valueName: string;
  readonly limitName: string;
  readonly points: readonly {
    readonly label: string;
    readonly value: number | null;
    readonly limit: number | null;
  }[];
}

const MAX_LABEL = 60;
const cut = (text: string): string =>
  text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text;

/** The figure as a line with dots, its limit dashed, both named at their ends: colour alone tells nothing. Pure. */
export const limitSeriesChart = (chart: LimitSeries): EChartsOption => ({
  title: { text: cut(chart.title), left: "center" },
  grid: { left: 70, right: 130, top: 56, bottom: 48 },
  xAxis: { type: "category", data: chart.points.map(({ label }) => cut(label)) },
  yAxis: {
    type: "value",
    min: 0,
    axisLabel: { formatter: (value: number) => value.toPrecision(3) },
  },
  series: [
    {
      type: "line",
      name: cut(chart.valueName),
      data: chart.points.map(({ value }) => value),
      lineStyle: { width: 3, color: "#4C78A8" },
      itemStyle: { color: "#4C78A8" },
      symbol: "circle",
      symbolSize: 8,
      endLabel: { show: true, formatter: cut(chart.valueName), color: "#4C78A8" },
    },
    {
      type: "line",
      name: cut(chart.limitName),
      data: chart.points.map(({ limit }) => limit),
      lineStyle: { width: 2, type: "dashed", color: "#F58518" },
      itemStyle: { color: "#F58518" },
      symbol: "none",
      endLabel: { show: true, formatter: cut(chart.limitName), color: "#F58518" },
    },
  ],
});
