import { textOf } from "../answer.ts";
import { type Check, checkList, checkString, isObject, type Report, shape } from "./report.ts";

const LABEL = 20;
const AXIS = 50;

const checkPoint = (report: Report, value: unknown, at: string, positive: boolean): string => {
  const point = shape(report, value, at, ["label", "value"]);
  checkString(report, point?.label, `${at}/label`, LABEL);
  if (typeof point?.value !== "number" || !Number.isFinite(point.value))
    report.fail(`${at}/value`, "must be a number");
  else if (positive && point.value <= 0) report.fail(`${at}/value`, "must be more than 0");
  return textOf(point?.label);
};

const checkSeries = (report: Report, value: unknown, at: string, categories: readonly string[]) => {
  const series = shape(report, value, at, ["name", "data"]);
  checkString(report, series?.name, `${at}/name`, LABEL);
  const labels = checkList(report, series?.data, `${at}/data`, 1, 20).map((point, index) =>
    checkPoint(report, point, `${at}/data/${index}`, false),
  );
  if ([...labels].sort().join("\n") !== [...categories].sort().join("\n"))
    report.fail(`${at}/data`, "must have exactly one value per category");
  return textOf(series?.name);
};

/** `data_visualization`: pie of 1..6 segments, or bar, line, area of 1..6 uniquely named series over at most 20 categories. */
export const checkChart: Check = (report, block, at) => {
  checkString(report, block.title, `${at}/title`, AXIS);
  const place = `${at}/chart`;
  const type = isObject(block.chart) ? textOf(block.chart.type) : "";
  if (type === "pie") {
    const pie = shape(report, block.chart, place, ["type", "segments"]);
    checkList(report, pie?.segments, `${place}/segments`, 1, 6).forEach((segment, index) => {
      checkPoint(report, segment, `${place}/segments/${index}`, true);
    });
    return;
  }
  if (!["bar", "line", "area"].includes(type)) {
    report.fail(`${place}/type`, `unsupported type: ${type}`);
    return;
  }
  const chart = shape(report, block.chart, place, ["type", "series", "axis_config"]);
  const axis = shape(
    report,
    chart?.axis_config,
    `${place}/axis_config`,
    ["categories"],
    ["x_label", "y_label"],
  );
  const categories = checkList(report, axis?.categories, `${place}/axis_config/categories`, 1, 20);
  categories.forEach((category, index) => {
    checkString(report, category, `${place}/axis_config/categories/${index}`, LABEL);
  });
  checkString(report, axis?.x_label, `${place}/axis_config/x_label`, AXIS);
  checkString(report, axis?.y_label, `${place}/axis_config/y_label`, AXIS);
  const names = checkList(report, chart?.series, `${place}/series`, 1, 6).map((series, index) =>
    checkSeries(report, series, `${place}/series/${index}`, categories.map(textOf)),
  );
  if (new Set(names).size !== names.length)
    report.fail(`${place}/series`, "series must have different names");
};
