import { parseDocument } from "yaml";
import { messageOf } from "../lib/errors.ts";
import { lineAt } from "./define.ts";
import { defineParser, notParsed } from "./define-parser.ts";

const positionOf = (message: string): number | null => {
  const found = /position (\d+)/.exec(message);
  return found ? Number(found[1]) : null;
};

// JSON.parse takes the last of two equal keys without a word; JSON is also YAML, whose reader does not.
const duplicates = (path: string, text: string) =>
  parseDocument(text, { uniqueKeys: true })
    .errors.filter((error) => error.code === "DUPLICATE_KEY")
    .map((error) => notParsed("parse-json", path, error.linePos?.[0].line ?? null, error.message));

const lines = (path: string, text: string) =>
  text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      JSON.parse(line);
      return [];
    } catch (error) {
      return [notParsed("parse-json", path, index + 1, messageOf(error))];
    }
  });

/** JSON files (and JSON lines), without duplicate keys. */
export const parseJson = defineParser({
  id: "parse-json",
  tool: "JSON.parse",
  version: "ES2023",
  matches: (path) => /\.(json|jsonl|ipynb)$/.test(path),
  parse: (path, text) => {
    if (path.endsWith(".jsonl")) return lines(path, text);
    try {
      JSON.parse(text);
    } catch (error) {
      const at = positionOf(messageOf(error));
      return [
        notParsed("parse-json", path, at === null ? null : lineAt(text, at), messageOf(error)),
      ];
    }
    return duplicates(path, text);
  },
});
