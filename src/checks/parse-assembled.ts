import type { FileLevel } from "./levels.ts";
import { readIgnoreFile } from "./parse-ignore-files.ts";
import { readLock } from "./parse-lock.ts";
import { readMakefile } from "./parse-makefile.ts";
import { readLinks } from "./parse-markdown-links.ts";
import { readToml } from "./parse-toml.ts";
import { readYaml } from "./parse-yaml.ts";
import { isAssembled } from "./repo-paths.ts";
import type { Finding } from "./types.ts";

interface Reader {
  readonly matches: RegExp;
  readonly by: FileLevel["by"][number];
  readonly read: (path: string, text: string, files: ReadonlySet<string>) => readonly Finding[];
}

const READERS: readonly Reader[] = [
  {
    matches: /\.ya?ml$/,
    by: { check: "parse-yaml", tool: "yaml", version: "2.9" },
    read: readYaml,
  },
  {
    matches: /\.toml$/,
    by: { check: "parse-toml", tool: "smol-toml", version: "1.9" },
    read: readToml,
  },
  {
    matches: /^\.gitignore$/,
    by: { check: "parse-ignore-files", tool: "patterns", version: "1" },
    read: readIgnoreFile,
  },
  {
    matches: /^locks\/.*\.txt$/,
    by: { check: "parse-lock", tool: "pins", version: "1" },
    read: readLock,
  },
  {
    matches: /^Makefile$/,
    by: { check: "parse-makefile", tool: "grammar", version: "1" },
    read: (_path, text) => readMakefile(text),
  },
  {
    matches: /\.md$/,
    by: { check: "parse-markdown-links", tool: "links", version: "1" },
    read: (path, text, files) =>
      readLinks(
        path,
        text,
        (target) => files.has(target) || [...files].some((file) => file.startsWith(`${target}/`)),
      ),
  },
];

/**
 * The level that reading alone gives to the files code assembles: `parsed` where their parser accepts exactly these bytes,
 * else `unverified` with the reason. `files` are all texts of the repository; other paths than assembled ones are left out.
 */
export const parseAssembled = (
  texts: ReadonlyMap<string, string>,
  files: ReadonlySet<string>,
): ReadonlyMap<string, FileLevel> =>
  new Map(
    [...texts]
      .filter(([path]) => isAssembled(path))
      .map(([path, text]): [string, FileLevel] => {
        const reader = READERS.find((one) => one.matches.test(path));
        if (!reader)
          return [path, { path, level: "unverified", by: [], reason: "no tool exists: no parser" }];
        const [fault] = reader.read(path, text, files);
        return [
          path,
          fault
            ? {
                path,
                level: "unverified",
                by: [],
                reason: `a check failed on it: ${fault.message}`,
              }
            : { path, level: "parsed", by: [reader.by] },
        ];
      }),
  );
