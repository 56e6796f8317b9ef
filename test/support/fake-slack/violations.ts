import { type Body, listOf, objectOf, textOf } from "./answer.ts";
import { isObject } from "./blocks/report.ts";
import type { PostedMessage, Workspace } from "./workspace.ts";

const LIVE =
  /<(?:!(?:channel|here|everyone|subteam\^)[^>]*|[@#][A-Z0-9]+(?:\|[^>]*)?|(?:https?|mailto):[^>]*)>/g;

/** Texts in which Slack reads markup: mrkdwn objects and `markdown` blocks. */
const markupIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(markupIn);
  if (!isObject(value)) return [];
  const own = value.type === "mrkdwn" || value.type === "markdown" ? [textOf(value.text)] : [];
  return [...own, ...Object.values(value).flatMap(markupIn)];
};

/** Mentions that rich text makes by themselves, written as mrkdwn would. */
const richMentions = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(richMentions);
  if (!isObject(value)) return [];
  const own =
    value.type === "broadcast"
      ? [`<!${textOf(value.range)}>`]
      : value.type === "user" && value.user_id !== undefined
        ? [`<@${textOf(value.user_id)}>`]
        : [];
  return [...own, ...Object.values(value).flatMap(richMentions)];
};

const idOf = (token: string): string => /^<@([A-Z0-9]+)/.exec(token)?.[1] ?? "";

/** Live tokens that nobody may send: a broadcast, a person who does not exist, or markup that data brought. */
export const liveTokens = (workspace: Workspace, text: string, blocks: unknown): string[] => {
  const tokens = [text, ...markupIn(blocks)].flatMap((one) => one.match(LIVE) ?? []);
  return [...tokens, ...richMentions(blocks)].filter(
    (token) =>
      token.startsWith("<!") ||
      workspace.planted.has(token) ||
      (token.startsWith("<@") && !workspace.people.has(idOf(token))),
  );
};

/** What is wrong with a live token. */
export const blame = (workspace: Workspace, token: string): string =>
  token.startsWith("<@") && !workspace.planted.has(token)
    ? `a mention of somebody who is not in this workspace: ${token}`
    : `a live mention from data: ${token}`;

/** Remembers the markup in a text that came from a person or a dataset, so that its return alive is noticed. */
export const plant = (workspace: Workspace, text: string): void => {
  for (const token of text.match(LIVE) ?? []) workspace.planted.add(token);
};

/** Notes what Slack would take and this product must not send. */
export const noteContent = (
  workspace: Workspace,
  what: string,
  text: string,
  blocks: unknown,
): void => {
  if (text.trim() === "") workspace.violations.push(`${what} without top-level text`);
  for (const token of liveTokens(workspace, text, blocks))
    workspace.violations.push(`${what} with ${blame(workspace, token)}`);
};

/** Notes blocks that kept their `block_id` over an update: the client may then keep showing the old ones. */
export const noteSameBlockIds = (
  workspace: Workspace,
  message: PostedMessage,
  blocks: readonly unknown[],
): void => {
  const before = new Set(message.blocks.map((block) => block.block_id));
  for (const block of blocks) {
    const id = objectOf(block).block_id;
    if (id !== undefined && before.has(id))
      workspace.violations.push(`an update kept the block_id ${textOf(id)}`);
  }
};

/** Gives every block and element the id that Slack would generate where the app gave none. */
export const withIds = (workspace: Workspace, blocks: unknown): Body[] =>
  listOf(blocks).map((value) => {
    const block = objectOf(value);
    const element = (one: unknown): unknown =>
      isObject(one) &&
      one.type !== "image" &&
      !textOf(one.type).includes("text") &&
      one.action_id === undefined
        ? { ...one, action_id: workspace.newId("a") }
        : one;
    return {
      block_id: workspace.newId("b"),
      ...block,
      ...(block.type === "actions" || block.type === "context_actions"
        ? { elements: listOf(block.elements).map(element) }
        : {}),
      ...(block.accessory === undefined ? {} : { accessory: element(block.accessory) }),
      ...(block.type === "input" ? { element: element(block.element) } : {}),
    };
  });
