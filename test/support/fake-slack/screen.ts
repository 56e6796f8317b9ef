import { type Body, listOf, objectOf, textOf } from "./answer.ts";
import { isObject } from "./blocks/report.ts";
import { stackOf } from "./views.ts";
import type { Ephemeral, OpenView, PostedMessage, Workspace } from "./workspace.ts";

/** Something with blocks on a person's screen. Its parts are copies: what was seen does not change any more. */
export interface Shown {
  readonly kind: "message" | "ephemeral" | "modal" | "home";
  readonly text: string;
  readonly blocks: readonly Body[];
  readonly channel: string | null;
  readonly ts: string | null;
  readonly threadTs: string | null;
  readonly viewId: string | null;
}

/** Where a person looks: a channel they are in, or the app's Home. */
export type Place = { readonly channel: string } | "home";

const ofMessage = (message: PostedMessage | Ephemeral, kind: "message" | "ephemeral"): Shown => ({
  kind,
  text: message.text,
  blocks: structuredClone(message.blocks) as Body[],
  channel: message.channel,
  ts: message.ts,
  threadTs: message.threadTs,
  viewId: null,
});

const ofView = (opened: OpenView): Shown => ({
  kind: opened.view.type === "home" ? "home" : "modal",
  text: textOf(objectOf(opened.view.title).text),
  blocks: structuredClone(opened.view.blocks) as Body[],
  channel: null,
  ts: null,
  threadTs: null,
  viewId: opened.id,
});

/** What a person sees now, newest first. An open modal covers everything else. */
export const screenOf = (workspace: Workspace, user: string, place: Place): Shown[] => {
  const top = stackOf(workspace, user).at(-1);
  if (top) return [ofView(top)];
  if (place === "home") {
    const home = workspace.homes.get(user);
    return home ? [ofView(home)] : [];
  }
  if (!workspace.channels.get(place.channel)?.members.has(user)) return [];
  const own = workspace.ephemerals
    .filter((one) => one.user === user && one.channel === place.channel && !one.gone)
    .map((one) => ofMessage(one, "ephemeral"));
  const posted = workspace.messages
    .filter((one) => one.channel === place.channel)
    .map((one) => ofMessage(one, "message"));
  return [...own, ...posted].sort((one, other) => (textOf(one.ts) < textOf(other.ts) ? 1 : -1));
};

const READ = [
  "text",
  "title",
  "caption",
  "alt_text",
  "label",
  "placeholder",
  "description",
  "hint",
  "name",
];

/** Every text in a structure that a person can read, in order. */
export const readTexts = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(readTexts);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === "string" ? (READ.includes(key) ? [item] : []) : readTexts(item),
  );
};

/** All that is to be read on the screen, one text a line, newest thing first. */
export const screenText = (screen: readonly Shown[]): string =>
  screen.flatMap((shown) => [shown.text, ...readTexts(shown.blocks)]).join("\n");

/** An element that can be used, with the block it stands in. */
export interface Usable {
  readonly shown: Shown;
  readonly block: Body;
  readonly element: Body;
  /** What is read at it: its own text, label or placeholder, and the text beside it. */
  readonly words: readonly string[];
  /** What is read in its block and in the one before. */
  readonly near: string;
}

const wordsOf = (block: Body, element: Body): string[] =>
  [
    objectOf(element.text).text,
    element.accessibility_label,
    objectOf(element.placeholder).text,
    objectOf(block.label).text,
    block.type === "section" ? objectOf(block.text).text : undefined,
  ].flatMap((word) => (word === undefined ? [] : [textOf(word)]));

const elementsIn = (block: Body): Body[] => {
  if (block.type === "actions" || block.type === "context_actions")
    return listOf(block.elements).map(objectOf);
  if (block.type === "input") return [objectOf(block.element)];
  const accessory = objectOf(block.accessory);
  return block.accessory !== undefined && accessory.type !== "image" ? [accessory] : [];
};

/** Every element on a screen that a person could use. */
export const usablesOf = (screen: readonly Shown[]): Usable[] =>
  screen.flatMap((shown) =>
    shown.blocks.flatMap((block, index) => {
      const before = shown.blocks.slice(Math.max(0, index - 1), index + 1);
      const near = [shown.kind === "message" ? shown.text : "", ...readTexts(before)].join("\n");
      return elementsIn(block).map((element) => ({
        shown,
        block,
        element,
        words: wordsOf(block, element),
        near,
      }));
    }),
  );

/**
 * The one element that fits: on the newest thing that has one. Throws, as a person would be lost, when there is none or
 * when several on the same thing fit and `near` does not tell them apart.
 */
export const findUsable = (
  screen: readonly Shown[],
  what: string,
  fits: (usable: Usable) => boolean,
  near?: string,
): Usable => {
  const all = usablesOf(screen).filter(
    (usable) => fits(usable) && (near === undefined || usable.near.includes(near)),
  );
  const newest = all.filter((usable) => usable.shown === all[0]?.shown);
  const [only, other] = newest;
  if (!only) throw new Error(`nobody sees ${what}; on the screen is:\n${screenText(screen)}`);
  if (other) throw new Error(`${what} is there several times; say near which text`);
  return only;
};
