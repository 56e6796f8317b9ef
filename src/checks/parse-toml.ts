import { parse, TomlError } from "smol-toml";
import { messageOf } from "../lib/errors.ts";
import { defineParser, notParsed } from "./define-parser.ts";
import type { Finding } from "./types.ts";

/** What is wrong with the TOML text of one file. */
export const readToml = (path: string, text: string): readonly Finding[] => {
  try {
    parse(text);
    return [];
  } catch (error) {
    const line = error instanceof TomlError ? error.line : null;
    return [notParsed("parse-toml", path, line, messageOf(error))];
  }
};

/** TOML files. */
export const parseToml = defineParser({
  id: "parse-toml",
  tool: "smol-toml",
  version: "1.9",
  matches: (path) => path.endsWith(".toml"),
  parse: readToml,
});
