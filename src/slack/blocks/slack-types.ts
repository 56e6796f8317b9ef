import type { types } from "@slack/bolt";

export type KnownBlock = types.KnownBlock;
export type ModalView = types.ModalView;
export type HomeView = types.HomeView;
export type Button = types.Button;
export type RichTextBlock = types.RichTextBlock;
export type RichTextElement = types.RichTextElement;
export type PlainTextElement = types.PlainTextElement;
export type PlainTextOption = types.PlainTextOption;
export type TextObject = types.TextObject;
export type ActionsElement = types.ActionsBlockElement;
export type InputElement = types.InputBlockElement;
