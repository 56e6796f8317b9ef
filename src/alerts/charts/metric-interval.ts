import type { EChartsOption } from "echarts";

/** A metric measured on the hold-out: value, bounds of its 95 % interval, and the figures it is held against. */
export interface MetricInterval {
  readonly metric: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly model: string;
  readonly baselines: readonly { readonly name: string; readonly value: number }[];
}

// Without a browser the width of words is guessed too small, so their room is stated.
const LABEL_PX = 220;

const figure = (value: number): string => value.toPrecision(3);

// Ten per cent of air on both sides; equal figures still get a visible axis.
const axisOf = (figures: readonly number[]) => {
  const [min, max] = [Math.min(...figures), Math.max(...figures)];
  const air = (max - min) * 0.1 || Math.abs(max) * 0.1 || 1;
  return { min: min - air, max: max + air };
};

/**
 * The interval of a metric as a bar with the value on it, each baseline as a dot in a row of its own: whether the interval
 * lies clear of a dot is what a reader looks for. Pure.
 */
export const metricIntervalChart = (chart: MetricInterval): EChartsOption => {
  const rows = [chart.model, ...chart.baselines.map((one) => one.name)];
  const axis = axisOf([chart.low, chart.high, ...chart.baselines.map((one) => one.value)]);
  const points = [chart.value, ...chart.baselines.map((one) => one.value)];
  return {
    title: { text: `${chart.metric} on the hold-out, 95 % interval`, left: "center" },
    grid: { left: LABEL_PX + 20, right: 40, top: 56, bottom: 36 },
    xAxis: {
      type: "value",
      ...axis,
      axisLabel: {
        formatter: (value: number) => figure(value),
        showMinLabel: false,
        showMaxLabel: false,
      },
    },
    yAxis: {
      type: "category",
      data: rows,
      inverse: true,
      axisLabel: { width: LABEL_PX, overflow: "truncate", ellipsis: "…" },
    },
    series: [
      {
        type: "line",
        data: [
          [chart.low, 0],
          [chart.high, 0],
        ],
        lineStyle: { width: 10, color: "#9ec5e8", cap: "butt" },
        symbol: "none",
      },
      {
        type: "scatter",
        z: 3,
        data: points.map((value, row) => [value, row]),
        symbolSize: 14,
        itemStyle: {
          color: ({ dataIndex }: { readonly dataIndex: number }) =>
            dataIndex === 0 ? "#1264a3" : "#c0632f",
        },
        label: {
          show: true,
          position: "top",
          formatter: ({ dataIndex }: { readonly dataIndex: number }) =>
            figure(points[dataIndex] ?? 0),
        },
      },
    ],
  };
};
