import fc from "fast-check";
import { expect, test } from "vitest";
import { checkBlocks } from "../support/fake-slack/blocks/check-blocks.ts";
import { checkView } from "../support/fake-slack/blocks/check-view.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const long = (length: number) => "x".repeat(length);
const many = <T>(length: number, make: (index: number) => T) =>
  Array.from({ length }, (_, i) => make(i));
const button = (more: object = {}) => ({ type: "button", text: plain("Go"), ...more });
const actions = (...elements: object[]) => ({ type: "actions", elements });
const option = (value: string) => ({ text: plain(value), value });
const select = (more: object = {}) => ({ type: "static_select", options: [option("a")], ...more });
const input = (element: object, more: object = {}) => ({
  type: "input",
  label: plain("Goal"),
  element,
  ...more,
});
const rich = (text: string) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});
const cell = (text: string) => ({ type: "raw_text", text });
const card = (more: object = {}) => ({
  type: "task_card",
  task_id: "a",
  title: "Features",
  status: "pending",
  ...more,
});
const chart = (more: object) => ({ type: "data_visualization", title: "Loss", chart: more });
const line = (series: object[], categories: string[]) =>
  chart({ type: "line", series, axis_config: { categories } });
const modal = (blocks: object[], more: object = {}) => ({
  type: "modal",
  title: plain("Start"),
  submit: plain("Go"),
  blocks,
  ...more,
});

const GOOD: readonly [string, object[]][] = [
  [
    "section with fields",
    [{ type: "section", fields: many(10, () => mrkdwn(long(2000).slice(0, 900))) }],
  ],
  ["actions with buttons and a menu", [actions(button({ action_id: "a", value: "1" }), select())]],
  ["plan", [{ type: "plan", title: "Run", tasks: [card({ details: rich("x") })] }]],
  ["table", [{ type: "table", rows: [[cell("a"), rich("b")]] }]],
  [
    "data_table",
    [
      {
        type: "data_table",
        caption: "c",
        rows: [[cell("a")], [{ type: "raw_number", value: 1, text: "1" }]],
      },
    ],
  ],
  ["pie", [chart({ type: "pie", segments: [{ label: "a", value: 1 }] })]],
  ["line", [line([{ name: "s", data: [{ label: "a", value: -1 }] }], ["a"])]],
  ["markdown", [{ type: "markdown", text: "# hi" }]],
  ["image", [{ type: "image", alt_text: "loss falls", slack_file: { id: "F1" } }]],
];
test.each(GOOD)("a message may hold: %s", (_, blocks) => {
  expect(checkBlocks("message", blocks)).toEqual([]);
});

const BAD: readonly [string, string, object[]][] = [
  [
    "51 blocks",
    "no more than 50 items allowed [json-pointer:/blocks]",
    many(51, () => ({ type: "divider" })),
  ],
  [
    "an unknown block",
    "unsupported type: banner [json-pointer:/blocks/0/type]",
    [{ type: "banner" }],
  ],
  [
    "an unknown field",
    "invalid additional property: color [json-pointer:/blocks/0]",
    [{ type: "divider", color: "red" }],
  ],
  ["an empty section", "must have text or fields [json-pointer:/blocks/0]", [{ type: "section" }]],
  [
    "an empty text",
    "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    [{ type: "section", text: plain("") }],
  ],
  [
    "a long section",
    "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    [{ type: "section", text: plain(long(3001)) }],
  ],
  [
    "11 fields",
    "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    [{ type: "section", fields: many(11, () => plain("x")) }],
  ],
  [
    "a long field",
    "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    [{ type: "section", fields: [plain(long(2001))] }],
  ],
  [
    "a long header",
    "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    [{ type: "header", text: plain(long(151)) }],
  ],
  [
    "a header in mrkdwn",
    "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
    [{ type: "header", text: mrkdwn("x") }],
  ],
  [
    "11 context elements",
    "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    [{ type: "context", elements: many(11, () => plain("x")) }],
  ],
  [
    "26 actions",
    "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    [actions(...many(26, () => button()))],
  ],
  ["no actions", "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]", [actions()]],
  [
    "6 context actions",
    "no more than 5 items allowed [json-pointer:/blocks/0/elements]",
    [
      {
        type: "context_actions",
        elements: many(6, () => ({ type: "icon_button", icon: "trash", text: plain("x") })),
      },
    ],
  ],
  [
    "a long button",
    "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    [actions(button({ text: plain(long(76)) }))],
  ],
  [
    "a long value",
    "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    [actions(button({ value: long(2001) }))],
  ],
  [
    "a long url",
    "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    [actions(button({ url: `https://${long(3000)}` }))],
  ],
  [
    "a button in an unknown style",
    "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    [actions(button({ style: "green" }))],
  ],
  [
    "a long label for screen readers",
    "must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]",
    [actions(button({ accessibility_label: long(76) }))],
  ],
  [
    "a long action_id",
    "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    [actions(button({ action_id: long(256) }))],
  ],
  [
    "an action_id twice",
    "an action_id is used twice in this block [json-pointer:/blocks/0/elements]",
    [actions(button({ action_id: "a" }), button({ action_id: "a" }))],
  ],
  [
    "a block_id twice",
    "a block_id is used twice [json-pointer:/blocks]",
    many(2, () => ({ type: "divider", block_id: "b" })),
  ],
  [
    "a text field as action",
    "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    [actions({ type: "plain_text_input" })],
  ],
  [
    "101 options",
    "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    [actions(select({ options: many(101, (i) => option(`o${i}`)) }))],
  ],
  [
    "a long option",
    "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    [actions(select({ options: [{ text: plain("a"), value: long(76) }] }))],
  ],
  [
    "an option in mrkdwn in a menu",
    "must be one of: plain_text [json-pointer:/blocks/0/elements/0/options/0/text/type]",
    [actions(select({ options: [{ text: mrkdwn("a"), value: "a" }] }))],
  ],
  [
    "two options of one value",
    "two options have the same value [json-pointer:/blocks/0/elements/0/options]",
    [actions(select({ options: [option("a"), option("a")] }))],
  ],
  [
    "options and groups",
    "must have either options or option_groups [json-pointer:/blocks/0/elements/0]",
    [actions(select({ option_groups: [{ label: plain("g"), options: [option("b")] }] }))],
  ],
  [
    "an initial option of nowhere",
    "the initial option is not one of the options [json-pointer:/blocks/0/elements/0]",
    [actions(select({ initial_option: option("z") }))],
  ],
  [
    "6 in an overflow",
    "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    [actions({ type: "overflow", options: many(6, (i) => option(`o${i}`)) })],
  ],
  [
    "11 radio buttons",
    "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    [actions({ type: "radio_buttons", options: many(11, (i) => option(`o${i}`)) })],
  ],
  [
    "11 boxes",
    "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    [actions({ type: "checkboxes", options: many(11, (i) => option(`o${i}`)) })],
  ],
  [
    "a long placeholder",
    "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]",
    [actions(select({ placeholder: plain(long(151)) }))],
  ],
  [
    "a long confirmation",
    "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    [
      actions(
        button({
          confirm: {
            title: plain("t"),
            text: plain(long(301)),
            confirm: plain("y"),
            deny: plain("n"),
          },
        }),
      ),
    ],
  ],
  [
    "a confirmation without a way out",
    "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    [actions(button({ confirm: { title: plain("t"), text: plain("x"), confirm: plain("y") } }))],
  ],
  [
    "an image without alt text",
    "missing required field: alt_text [json-pointer:/blocks/0]",
    [{ type: "image", image_url: "https://x.test/a.png" }],
  ],
  [
    "an image of two sources",
    "must have either image_url or slack_file [json-pointer:/blocks/0]",
    [{ type: "image", alt_text: "a", image_url: "https://x.test/a.png", slack_file: { id: "F1" } }],
  ],
  [
    "a file by id and url",
    "must have either id or url [json-pointer:/blocks/0/slack_file]",
    [{ type: "image", alt_text: "a", slack_file: { id: "F1", url: "https://x.test" } }],
  ],
  [
    "long alt text",
    "must be less than 2001 characters [json-pointer:/blocks/0/alt_text]",
    [{ type: "image", alt_text: long(2001), image_url: "https://x.test/a.png" }],
  ],
  [
    "long markdown",
    "must be less than 12001 characters [json-pointer:/blocks/0/text]",
    [{ type: "markdown", text: long(12_001) }],
  ],
  [
    "markdown over two blocks",
    "markdown holds at most 12000 characters [json-pointer:/blocks]",
    many(2, () => ({ type: "markdown", text: long(6001) })),
  ],
  [
    "two tables",
    "only one table is allowed [json-pointer:/blocks]",
    many(2, () => ({ type: "table", rows: [[cell("a")]] })),
  ],
  [
    "101 rows",
    "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
    [{ type: "table", rows: many(101, () => [cell("a")]) }],
  ],
  [
    "21 columns",
    "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    [{ type: "table", rows: [many(21, () => cell("a"))] }],
  ],
  [
    "an empty cell",
    "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
    [{ type: "table", rows: [[cell("")]] }],
  ],
  [
    "a long table",
    "tables hold at most 10000 characters [json-pointer:/blocks]",
    [{ type: "table", rows: [many(11, () => cell(long(1000)))] }],
  ],
  [
    "a data table of a header alone",
    "no fewer than 2 items allowed [json-pointer:/blocks/0/rows]",
    [{ type: "data_table", caption: "c", rows: [[cell("a")]] }],
  ],
  [
    "a ragged data table",
    "all rows must be equally long [json-pointer:/blocks/0/rows/1]",
    [{ type: "data_table", caption: "c", rows: [[cell("a"), cell("b")], [cell("a")]] }],
  ],
  [
    "a data table without caption",
    "missing required field: caption [json-pointer:/blocks/0]",
    [{ type: "data_table", rows: [[cell("a")], [cell("b")]] }],
  ],
  [
    "rich text in a data table's header",
    "unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]",
    [{ type: "data_table", caption: "c", rows: [[rich("a")], [cell("b")]] }],
  ],
  [
    "pages of 101",
    "must be a whole number from 1 to 100 [json-pointer:/blocks/0/page_size]",
    [{ type: "data_table", caption: "c", page_size: 101, rows: [[cell("a")], [cell("b")]] }],
  ],
  [
    "a pie of 7",
    "no more than 6 items allowed [json-pointer:/blocks/0/chart/segments]",
    [chart({ type: "pie", segments: many(7, (i) => ({ label: `l${i}`, value: 1 })) })],
  ],
  [
    "an empty slice",
    "must be more than 0 [json-pointer:/blocks/0/chart/segments/0/value]",
    [chart({ type: "pie", segments: [{ label: "a", value: 0 }] })],
  ],
  [
    "two series of one name",
    "series must have different names [json-pointer:/blocks/0/chart/series]",
    [
      line(
        many(2, () => ({ name: "s", data: [{ label: "a", value: 1 }] })),
        ["a"],
      ),
    ],
  ],
  [
    "a series without a category",
    "must have exactly one value per category [json-pointer:/blocks/0/chart/series/0/data]",
    [line([{ name: "s", data: [{ label: "a", value: 1 }] }], ["a", "b"])],
  ],
  [
    "21 categories",
    "no more than 20 items allowed [json-pointer:/blocks/0/chart/axis_config/categories]",
    [
      line(
        [],
        many(21, (i) => `c${i}`),
      ),
    ],
  ],
  [
    "a long label",
    "must be less than 21 characters [json-pointer:/blocks/0/chart/segments/0/label]",
    [chart({ type: "pie", segments: [{ label: long(21), value: 1 }] })],
  ],
  [
    "three charts",
    "at most two charts are allowed [json-pointer:/blocks]",
    many(3, () => chart({ type: "pie", segments: [{ label: "a", value: 1 }] })),
  ],
  [
    "a task that is completed",
    "must be one of: pending, in_progress, complete, error [json-pointer:/blocks/0/tasks/0/status]",
    [{ type: "plan", title: "p", tasks: [card({ status: "completed" })] }],
  ],
  [
    "details in plain text",
    "must be an object [json-pointer:/blocks/0/details]",
    [card({ details: "x" })],
  ],
  [
    "49 cards",
    "no more than 48 items allowed [json-pointer:/blocks/0/tasks]",
    [{ type: "plan", title: "p", tasks: many(49, (i) => card({ task_id: `t${i}` })) }],
  ],
  [
    "a plan beside loose cards",
    "plan and task_card cannot be mixed [json-pointer:/blocks]",
    [{ type: "plan", title: "p", tasks: [] }, card()],
  ],
  [
    "rich text of unknown parts",
    "unsupported type: table [json-pointer:/blocks/0/elements/0/elements/0/type]",
    [
      {
        type: "rich_text",
        elements: [{ type: "rich_text_section", elements: [{ type: "table" }] }],
      },
    ],
  ],
];
test.each(BAD)("a message may not hold %s", (_, problem, blocks) => {
  expect(checkBlocks("message", blocks)).toContain(problem);
});

test.each([
  ["alert", { type: "alert", text: plain("x") }, ["modal"]],
  ["input", input({ type: "plain_text_input" }), ["modal", "home"]],
  ["table", { type: "table", rows: [[cell("a")]] }, ["message"]],
  [
    "data_table",
    { type: "data_table", caption: "c", rows: [[cell("a")], [cell("b")]] },
    ["message"],
  ],
  ["data_visualization", chart({ type: "pie", segments: [{ label: "a", value: 1 }] }), ["message"]],
  ["markdown", { type: "markdown", text: "x" }, ["message"]],
  ["plan", { type: "plan", title: "p" }, ["message"]],
  ["task_card", card(), ["message"]],
  ["section", { type: "section", text: plain("x") }, ["message", "modal", "home"]],
])("%s stands only where Slack lets it", (_, block, surfaces) => {
  const allowed = (["message", "modal", "home"] as const).filter(
    (surface) => checkBlocks(surface, [block]).length === 0,
  );
  expect(allowed).toEqual(surfaces);
});

const dialog = (more: object) => ({
  title: plain("t"),
  text: plain("x"),
  confirm: plain("y"),
  deny: plain("n"),
  ...more,
});
test.each([
  ["title", 100],
  ["text", 300],
  ["confirm", 30],
  ["deny", 30],
] as const)("a dialog's %s holds %i characters", (field, max) => {
  const check = (length: number) =>
    checkBlocks("message", [
      actions(button({ confirm: dialog({ [field]: plain(long(length)) }) })),
    ]);
  expect(check(max)).toEqual([]);
  expect(check(max + 1)).toEqual([
    `must be less than ${max + 1} characters [json-pointer:/blocks/0/elements/0/confirm/${field}/text]`,
  ]);
});

test.each([
  [
    "title",
    50,
    (text: string) => ({
      ...chart({ type: "pie", segments: [{ label: "a", value: 1 }] }),
      title: text,
    }),
  ],
  [
    "chart/axis_config/x_label",
    50,
    (text: string) =>
      chart({
        type: "bar",
        series: [{ name: "s", data: [{ label: "a", value: 1 }] }],
        axis_config: { categories: ["a"], x_label: text },
      }),
  ],
  [
    "title/text",
    2000,
    (text: string) => ({
      type: "image",
      alt_text: "a",
      image_url: "https://x.test/a.png",
      title: plain(text),
    }),
  ],
  ["block_id", 255, (text: string) => ({ type: "divider", block_id: text })],
] as const)("%s holds %i characters", (pointer, max, make) => {
  expect(checkBlocks("message", [make(long(max))])).toEqual([]);
  expect(checkBlocks("message", [make(long(max + 1))])).toEqual([
    `must be less than ${max + 1} characters [json-pointer:/blocks/0/${pointer}]`,
  ]);
});

test("a data table has at most a header and a hundred rows", () => {
  const table = (rows: number) => ({
    type: "data_table",
    caption: "c",
    rows: many(rows, () => [cell("a")]),
  });
  expect(checkBlocks("message", [table(101)])).toEqual([]);
  expect(checkBlocks("message", [table(102)])).toEqual([
    "no more than 101 items allowed [json-pointer:/blocks/0/rows]",
  ]);
});

test.each([
  ["callback_id", 255],
  ["external_id", 255],
  ["private_metadata", 3000],
] as const)("a view's %s holds %i characters", (field, max) => {
  expect(checkView(modal([], { [field]: long(max) }))).toEqual([]);
  expect(checkView(modal([], { [field]: long(max + 1) }))).toHaveLength(1);
});

test("a hint holds 2,000 characters", () => {
  const view = (length: number) =>
    modal([input({ type: "plain_text_input" }, { hint: plain(long(length)) })]);
  expect(checkView(view(2000))).toEqual([]);
  expect(checkView(view(2001))).toHaveLength(1);
});

test("a block type that the workspace does not have yet is unsupported", () => {
  const plan = { type: "plan", title: "p" };
  expect(checkBlocks("message", [plan], { missing: new Set(["plan"]) })).toEqual([
    "unsupported type: plan [json-pointer:/blocks/0/type]",
  ]);
});

test("blocks that are too long together are a problem of the renderer's own check too", () => {
  const block = { type: "section", text: plain(long(3000)) };
  expect(
    checkBlocks(
      "message",
      many(5, () => block),
    ),
  ).toEqual(["msg_blocks_too_long [json-pointer:/blocks]"]);
});

test("rich text leaves less room for everything together", () => {
  const sections = (length: number) => [
    ...many(3, () => ({ type: "section", text: plain(long(3000)) })),
    { type: "section", text: plain(long(length)) },
  ];
  expect(checkBlocks("message", sections(2400))).toEqual([]);
  expect(checkBlocks("message", [...sections(2300), rich("x")])).toHaveLength(1);
  expect(checkBlocks("message", [...sections(2299), rich("x")])).toEqual([]);
});

test.each([
  [
    "a long title",
    "must be less than 25 characters [json-pointer:/view/title/text]",
    modal([], { title: plain(long(25)) }),
  ],
  [
    "long metadata",
    "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    modal([], { private_metadata: long(3001) }),
  ],
  [
    "an input and nothing to submit",
    "missing required field: submit [json-pointer:/view]",
    modal([input({ type: "plain_text_input" })], { submit: undefined }),
  ],
  [
    "101 blocks",
    "no more than 100 items allowed [json-pointer:/view/blocks]",
    modal(many(101, () => ({ type: "divider" }))),
  ],
  [
    "a long alert",
    "must be less than 201 characters [json-pointer:/view/blocks/0/text/text]",
    modal([{ type: "alert", text: plain(long(201)) }]),
  ],
  [
    "11 files",
    "must be a whole number from 1 to 10 [json-pointer:/view/blocks/0/element/max_files]",
    modal([input({ type: "file_input", max_files: 11 })]),
  ],
  [
    "a number without saying of which kind",
    "missing required field: is_decimal_allowed [json-pointer:/view/blocks/0/element]",
    modal([input({ type: "number_input" })]),
  ],
  [
    "a bound that is no text",
    "must be a number written as a string [json-pointer:/view/blocks/0/element/min_value]",
    modal([input({ type: "number_input", is_decimal_allowed: true, min_value: 1 })]),
  ],
  [
    "a field of 3,001",
    "must be a whole number from 1 to 3000 [json-pointer:/view/blocks/0/element/max_length]",
    modal([input({ type: "plain_text_input", max_length: 3001 })]),
  ],
  [
    "a long label",
    "must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]",
    modal([input({ type: "plain_text_input" }, { label: plain(long(2001)) })]),
  ],
  [
    "two elements in focus",
    "only one element may have focus_on_load [json-pointer:/view/blocks]",
    modal(many(2, () => input({ type: "plain_text_input", focus_on_load: true }))),
  ],
  [
    "a button as input",
    "unsupported type: button [json-pointer:/view/blocks/0/element/type]",
    modal([input(button())]),
  ],
  [
    "a title on Home",
    "invalid additional property: title [json-pointer:/view]",
    { type: "home", title: plain("x"), blocks: [] },
  ],
])("a view may not have %s", (_, problem, view) => {
  expect(checkView(JSON.parse(JSON.stringify(view)))).toContain(problem);
});

test("a file can be asked for only with the scope to read it", () => {
  const view = modal([input({ type: "file_input", filetypes: ["csv"] })]);
  expect(checkView(view)).toEqual([]);
  expect(checkView(view, { readsFiles: false })).toEqual([
    "file_input needs the scope files:read [json-pointer:/view/blocks/0/element]",
  ]);
});

test("no structure breaks the check itself, and a type that is none is refused", () => {
  const block = fc.record({
    type: fc.constantFrom("section", "actions", "input", "table", "data_table", "plan", "image"),
    text: fc.jsonValue(),
    elements: fc.jsonValue(),
    rows: fc.jsonValue(),
    tasks: fc.jsonValue(),
    element: fc.jsonValue(),
    chart: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(block)), (blocks) => {
      const problems = checkBlocks("message", blocks);
      const isEmpty = Array.isArray(blocks) && blocks.length === 0;
      expect(problems.length > 0).toBe(!isEmpty);
    }),
    { numRuns: 300 },
  );
});
