/**
 * What a rendering may come to, in UTF-16 units and counts: our budgets, all below what Slack refuses (docs.slack.dev, Block Kit
 * reference; the total over all blocks is undocumented and was reported near 13,200, bolt-js#2509).
 */
export const LIMITS = {
  /** Blocks of a message, of the handoff request, of a modal or Home. */
  blocks: 20,
  handoffBlocks: 14,
  viewBlocks: 60,
  /** Characters over all blocks of a message, and of its top-level text. */
  total: 10_000,
  text: 600,
  header: 120,
  section: 2_000,
  lead: 600,
  fields: 8,
  field: 300,
  context: 6,
  contextText: 300,
  richText: 1_500,
  tableRows: 11,
  tableCell: 120,
  buttons: 4,
  button: 24,
  overflow: 5,
  option: 75,
  viewTitle: 24,
  label: 150,
  hint: 300,
  placeholder: 150,
  alert: 200,
  comment: 2_000,
  goal: 1_000,
  metadata: 3_000,
  planTitle: 150,
  taskTitle: 150,
  accessibility: 75,
} as const;
