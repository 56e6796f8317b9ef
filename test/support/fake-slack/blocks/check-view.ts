import { listOf } from "../answer.ts";
import { reportBlocks } from "./check-blocks.ts";
import { checkText } from "./composition.ts";
import {
  checkBoolean,
  checkString,
  createReport,
  isObject,
  type Report,
  type Surroundings,
  shape,
} from "./report.ts";

const MAX_METADATA = 3000;
const MAX_TITLE = 24;
const MAX_VIEW_BYTES = 250 * 1024;

export const isViewTooLarge = (view: unknown): boolean =>
  Buffer.byteLength(JSON.stringify(view ?? null)) > MAX_VIEW_BYTES;

const SHARED = ["private_metadata", "callback_id", "external_id"];
const MODAL = ["submit", "close", "clear_on_close", "notify_on_close"];

const checkModal = (report: Report, view: Readonly<Record<string, unknown>>): void => {
  checkText(report, view.title, "/view/title", MAX_TITLE, "plain");
  checkText(report, view.submit, "/view/submit", MAX_TITLE, "plain");
  checkText(report, view.close, "/view/close", MAX_TITLE, "plain");
  checkBoolean(report, view.clear_on_close, "/view/clear_on_close");
  checkBoolean(report, view.notify_on_close, "/view/notify_on_close");
  if (
    view.submit === undefined &&
    listOf(view.blocks).some((block) => isObject(block) && block.type === "input")
  )
    report.fail("/view", "missing required field: submit");
};

/** What Slack would refuse in a view (modal or Home), as `checkBlocks` does for blocks; empty when it is fine. */
export const checkView = (view: unknown, surroundings: Surroundings = {}): readonly string[] => {
  const home = isObject(view) && view.type === "home";
  const report = createReport(home ? "home" : "modal", surroundings);
  const known = shape(
    report,
    view,
    "/view",
    ["type", "blocks", ...(home ? [] : ["title"])],
    [...SHARED, ...(home ? [] : MODAL)],
  );
  if (!known) return report.problems;
  if (known.type !== "home" && known.type !== "modal")
    report.fail("/view/type", "must be modal or home");
  checkString(report, known.private_metadata, "/view/private_metadata", MAX_METADATA, 0);
  checkString(report, known.callback_id, "/view/callback_id", 255, 0);
  checkString(report, known.external_id, "/view/external_id", 255, 0);
  if (!home) checkModal(report, known);
  reportBlocks(report, known.blocks, "/view/blocks");
  return report.problems;
};
