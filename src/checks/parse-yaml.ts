import { parseAllDocuments } from "yaml";
import { defineParser, notParsed } from "./define-parser.ts";
import { isChartTemplate } from "./helm/chart-files.ts";
import type { Finding } from "./types.ts";

/** What is wrong with the YAML text of one file. */
export const readYaml = (path: string, text: string): readonly Finding[] => {
  const documents = parseAllDocuments(text, { uniqueKeys: true });
  const errors = "empty" in documents ? [] : documents.flatMap((document) => document.errors);
  return errors.map((error) =>
    notParsed("parse-yaml", path, error.linePos?.[0].line ?? null, error.message),
  );
};

/** YAML files, of one or several documents, without duplicate keys. Chart templates are not YAML before they are rendered. */
export const parseYaml = defineParser({
  id: "parse-yaml",
  tool: "yaml",
  version: "2.9",
  matches: (path, input) => /\.ya?ml$/.test(path) && !isChartTemplate(path, input.files.list),
  parse: readYaml,
});
