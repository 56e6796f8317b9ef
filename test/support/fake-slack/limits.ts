type Block = Record<string, unknown>;

const LIMITS = {
  blocks: 50,
  header: 150,
  section: 3000,
  fields: 10,
  field: 2000,
  actions: 25,
  button: 75,
  value: 2000,
  context: 10,
};

const textOf = (value: unknown): string =>
  String((value as { text?: unknown } | undefined)?.text ?? "");

const sectionErrors = (block: Block): string[] => {
  const fields = (block.fields ?? []) as unknown[];
  return [
    ...(block.text === undefined && fields.length === 0 ? ["section needs text or fields"] : []),
    ...(block.text !== undefined && textOf(block.text) === "" ? ["section text is empty"] : []),
    ...(textOf(block.text).length > LIMITS.section ? ["section text is too long"] : []),
    ...(fields.length > LIMITS.fields ? ["too many fields"] : []),
    ...(fields.some((field) => textOf(field).length > LIMITS.field) ? ["a field is too long"] : []),
  ];
};

const actionsErrors = (block: Block): string[] => {
  const elements = (block.elements ?? []) as Block[];
  const ids = elements.map((element) => element.action_id);
  return [
    ...(elements.length === 0 || elements.length > LIMITS.actions
      ? ["actions needs 1 to 25 elements"]
      : []),
    ...(new Set(ids).size === ids.length ? [] : ["an action_id is used twice"]),
    ...(elements.some((element) => textOf(element.text).length > LIMITS.button)
      ? ["button text is too long"]
      : []),
    ...(elements.some((element) => String(element.value ?? "").length > LIMITS.value)
      ? ["button value is too long"]
      : []),
  ];
};

const blockErrors = (block: Block): string[] => {
  switch (block.type) {
    case "header":
      return textOf(block.text).length > LIMITS.header ? ["header is too long"] : [];
    case "section":
      return sectionErrors(block);
    case "actions":
      return actionsErrors(block);
    case "context":
      return ((block.elements ?? []) as unknown[]).length > LIMITS.context
        ? ["context has too many elements"]
        : [];
    case "divider":
    case "input":
      return [];
    default:
      return [`block type ${String(block.type)} is unknown here`];
  }
};

/** What Slack would refuse in these blocks, in its own form of a message. */
export const invalidBlocks = (blocks: readonly Block[], most = LIMITS.blocks): string[] => [
  ...(blocks.length > most ? ["too many blocks"] : []),
  ...blocks.flatMap((block, at) =>
    blockErrors(block).map((error) => `[ERROR] ${error} [json-pointer:/blocks/${at}]`),
  ),
];
