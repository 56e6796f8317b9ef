import { type Body, listOf, textOf } from "../answer.ts";
import { BLOCKS } from "./catalog.ts";
import {
  checkString,
  createReport,
  isObject,
  type Report,
  type Surface,
  type Surroundings,
  shape,
} from "./report.ts";

const MAX_BLOCKS: Readonly<Record<Surface, number>> = { message: 50, modal: 100, home: 100 };
/** Slack's own limit is undocumented and lies near 13,200 (bolt-js#2509). */
const MAX_CHARACTERS = 13_000;
/** With rich text 11,341 characters were refused already (bolt-js#2867). */
const MAX_WITH_RICH_TEXT = 11_300;
const MAX_MARKDOWN = 12_000;
const MAX_TABLE = 10_000;

// Fields whose text a person reads; ids, values and addresses do not count.
const SHOWN = new Set([
  "text",
  "title",
  "caption",
  "alt_text",
  "label",
  "name",
  "x_label",
  "y_label",
]);

/** How many characters of text stand in a structure. */
export const countCharacters = (value: unknown): number => {
  if (Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + countCharacters(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) =>
      sum + (typeof item === "string" ? (SHOWN.has(key) ? item.length : 0) : countCharacters(item)),
    0,
  );
};

const ofType = (blocks: readonly unknown[], type: string): Body[] =>
  blocks.filter((block): block is Body => isObject(block) && block.type === type);

/** Whether a message's blocks together are longer than Slack takes (`msg_blocks_too_long`). */
export const areTooLong = (blocks: readonly unknown[]): boolean =>
  countCharacters(blocks) >
  (ofType(blocks, "rich_text").length > 0 ? MAX_WITH_RICH_TEXT : MAX_CHARACTERS);

const checkTogether = (report: Report, blocks: readonly unknown[], at: string): void => {
  if (blocks.length > MAX_BLOCKS[report.surface])
    report.fail(at, `no more than ${MAX_BLOCKS[report.surface]} items allowed`);
  const ids = blocks.flatMap((block) =>
    isObject(block) && block.block_id !== undefined ? [textOf(block.block_id)] : [],
  );
  if (new Set(ids).size !== ids.length) report.fail(at, "a block_id is used twice");
  if (ofType(blocks, "plan").length > 0 && ofType(blocks, "task_card").length > 0)
    report.fail(at, "plan and task_card cannot be mixed");
  const tables = ofType(blocks, "table");
  if (tables.length > 1) report.fail(at, "only one table is allowed");
  if (countCharacters(tables) > MAX_TABLE)
    report.fail(at, `tables hold at most ${MAX_TABLE} characters`);
  if (ofType(blocks, "data_visualization").length > 2)
    report.fail(at, "at most two charts are allowed");
  if (countCharacters(ofType(blocks, "markdown")) > MAX_MARKDOWN)
    report.fail(at, `markdown holds at most ${MAX_MARKDOWN} characters`);
  if (JSON.stringify(blocks).split('"focus_on_load":true').length > 2)
    report.fail(at, "only one element may have focus_on_load");
};

const checkBlock = (report: Report, value: unknown, at: string): void => {
  const type = isObject(value) ? textOf(value.type) : "";
  const known = BLOCKS[type];
  if (!isObject(value) || !known?.surfaces.includes(report.surface) || report.missing?.has(type)) {
    report.fail(`${at}/type`, `unsupported type: ${type}`);
    return;
  }
  shape(
    report,
    value,
    at,
    ["type", ...(known.required ?? [])],
    ["block_id", ...(known.optional ?? [])],
  );
  checkString(report, value.block_id, `${at}/block_id`, 255);
  known.check?.(report, value, at);
};

/** Checks a list of blocks into a report. `at` is the pointer of the list. */
export const reportBlocks = (report: Report, blocks: unknown, at: string): void => {
  if (!Array.isArray(blocks)) {
    report.fail(at, "must be an array");
    return;
  }
  listOf(blocks).forEach((block, index) => {
    checkBlock(report, block, `${at}/${index}`);
  });
  checkTogether(report, blocks, at);
};

/**
 * What Slack would refuse in these blocks on this surface, each as `must be … [json-pointer:/blocks/3/text]`; empty when
 * they are fine. With it the renderers can be tested without a server. The total length is asked with `areTooLong`.
 */
export const checkBlocks = (
  surface: Surface,
  blocks: unknown,
  surroundings: Surroundings = {},
): readonly string[] => {
  const report = createReport(surface, surroundings);
  reportBlocks(report, blocks, "/blocks");
  if (surface === "message" && areTooLong(listOf(blocks)))
    report.fail("/blocks", "msg_blocks_too_long");
  return report.problems;
};
