import { blocks } from "./define.ts";
import { defineParser } from "./define-parser.ts";

const ID = "parse-ini";

const SECTION = /^\[[^\][]+\]$/;
const SETTING = /^[\w.-]+\s*=\s*\S.*$/;

/** Settings files of DVC and git: sections in brackets, `key = value` under one of them, comments. */
export const parseIni = defineParser({
  id: ID,
  tool: "ini grammar",
  version: "1",
  matches: (path) => /(^|\/)\.dvc\/config$|\.(ini|cfg)$/.test(path),
  parse: (path, text) => {
    let inSection = false;
    return text.split("\n").flatMap((raw, index) => {
      const line = raw.trim();
      if (line === "" || /^[#;]/.test(line)) return [];
      if (SECTION.test(line)) {
        inSection = true;
        return [];
      }
      if (!SETTING.test(line))
        return [blocks(ID, path, index + 1, "expected [section] or key = value")];
      return inSection
        ? []
        : [blocks(ID, path, index + 1, "a setting stands before the first section")];
    });
  },
});
