import { textOf } from "../answer.ts";
import {
  type Check,
  checkBoolean,
  checkList,
  checkNumber,
  checkOneOf,
  checkString,
  isObject,
  type Report,
  shape,
} from "./report.ts";
import { checkRichText } from "./rich-text.ts";

const checkCell = (report: Report, value: unknown, at: string, richText: boolean): void => {
  const type = isObject(value) ? textOf(value.type) : "";
  if (type === "rich_text" && richText) {
    checkRichText(report, value, at);
    return;
  }
  if (type !== "raw_text" && type !== "raw_number") {
    report.fail(`${at}/type`, `unsupported type: ${type}`);
    return;
  }
  const cell = shape(report, value, at, [
    "type",
    "text",
    ...(type === "raw_number" ? ["value"] : []),
  ]);
  checkString(report, cell?.text, `${at}/text`, 10_000);
  if (type === "raw_number" && !Number.isFinite(cell?.value))
    report.fail(`${at}/value`, "must be a number");
};

const MAX_COLUMNS = 20;

/** `table`: 100 rows × 20 columns; the 10,000 characters are counted over the message. */
export const checkTable: Check = (report, block, at) => {
  checkList(report, block.rows, `${at}/rows`, 1, 100).forEach((row, r) => {
    checkList(report, row, `${at}/rows/${r}`, 1, MAX_COLUMNS).forEach((cell, c) => {
      checkCell(report, cell, `${at}/rows/${r}/${c}`, true);
    });
  });
  checkList(report, block.column_settings, `${at}/column_settings`, 0, MAX_COLUMNS).forEach(
    (value, index) => {
      if (value === null) return;
      const place = `${at}/column_settings/${index}`;
      const settings = shape(report, value, place, [], ["align", "is_wrapped"]);
      checkOneOf(report, settings?.align, `${place}/align`, ["left", "center", "right"]);
      checkBoolean(report, settings?.is_wrapped, `${place}/is_wrapped`);
    },
  );
};

/** `data_table`: 2..101 rows with the header, all as wide as it, no rich text in the header. */
export const checkDataTable: Check = (report, block, at) => {
  const rows = checkList(report, block.rows, `${at}/rows`, 2, 101);
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  rows.forEach((row, r) => {
    const cells = checkList(report, row, `${at}/rows/${r}`, 1, MAX_COLUMNS);
    if (cells.length !== width) report.fail(`${at}/rows/${r}`, "all rows must be equally long");
    cells.forEach((cell, c) => {
      checkCell(report, cell, `${at}/rows/${r}/${c}`, r > 0);
    });
  });
  checkString(report, block.caption, `${at}/caption`, 2000);
  checkNumber(report, block.page_size, `${at}/page_size`, 1, 100);
  checkNumber(
    report,
    block.row_header_column_index,
    `${at}/row_header_column_index`,
    0,
    Math.max(0, width - 1),
  );
};
