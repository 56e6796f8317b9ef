import fc from "fast-check";
import { expect, test } from "vitest";
import { metricIntervalChart } from "../../../src/alerts/charts/metric-interval.ts";
import { renderPng } from "../../../src/alerts/charts/render-png.ts";

const SIZE = { width: 640, height: 260 };
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];

const widthOf = (png: Uint8Array): number => Buffer.from(png).readUInt32BE(16);

test("a metric with its baselines becomes a PNG at twice its size, for sharp screens", () => {
  const png = renderPng(
    metricIntervalChart({
      metric: "roc_auc",
      value: 0.8,
      low: 0.77,
      high: 0.83,
      model: "forest",
      baselines: [{ name: "trivial rule", value: 0.5 }],
    }),
    SIZE,
  );
  expect([...png.subarray(0, 4)]).toEqual(PNG_SIGNATURE);
  expect(widthOf(png)).toBe(1280);
});

test("the axis holds the whole interval and every baseline with air on both sides", () => {
  const figure = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(figure, figure, figure, fc.array(figure, { maxLength: 5 }), (a, b, c, values) => {
      const [low, value, high] = [a, b, c].sort((one, other) => one - other) as [
        number,
        number,
        number,
      ];
      const option = metricIntervalChart({
        metric: "rmse",
        value,
        low,
        high,
        model: "linear",
        baselines: values.map((one, index) => ({ name: `rule ${index}`, value: one })),
      });
      const axis = option.xAxis as { readonly min: number; readonly max: number };
      for (const shown of [low, value, high, ...values]) {
        expect(axis.min).toBeLessThanOrEqual(shown);
        expect(axis.max).toBeGreaterThanOrEqual(shown);
      }
      expect(axis.min).toBeLessThan(axis.max);
    }),
  );
});

test("names from data are drawn as text, markup in them does nothing", () => {
  const name = '<image href="file:///etc/passwd"/>&<b>';
  const png = renderPng(
    metricIntervalChart({
      metric: name,
      value: 1,
      low: 0,
      high: 2,
      model: name,
      baselines: [{ name, value: 1 }],
    }),
    SIZE,
  );
  expect([...png.subarray(0, 4)]).toEqual(PNG_SIGNATURE);
});
