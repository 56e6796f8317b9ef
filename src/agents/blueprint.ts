import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Brief } from "../spec/brief.ts";
import { parseBrief } from "../spec/brief.ts";
import { CHOICE_NAMES, OPTION_NAMES } from "../spec/options.ts";
import type { Role } from "../spec/roles.ts";
import { ROLES } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";

/** A file of a blueprint folder: where it goes in the repository (names still as tokens) and its unrendered text. */
export interface BlueprintFile {
  readonly path: string;
  readonly template: boolean;
  readonly text: string;
}

/** One blueprint folder of a role: `common`, or the folder of an option's or choice's value. */
export interface BlueprintFolder {
  readonly role: Role;
  readonly id: string;
  readonly part: string;
  readonly files: readonly BlueprintFile[];
}

/** All briefs and blueprint folders that ship with the product, read once at start. */
export interface Prompts {
  readonly briefs: Readonly<Record<Role, Brief>>;
  readonly folders: readonly BlueprintFolder[];
  /** The same first part of every specialist's prompt. */
  readonly houseRules: string;
}

const TEMPLATE = ".eta";

const listFiles = async (root: string): Promise<readonly string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
};

const readFolder = async (
  root: string,
  role: Role,
  id: string,
  paths: readonly string[],
): Promise<BlueprintFolder> => {
  const inside = paths
    .filter((path) => path.startsWith(`${id}/`))
    .map((path) => path.slice(id.length + 1));
  const read = (path: string) => readFile(join(root, id, path), "utf8");
  const files = await Promise.all(
    inside
      .filter((path) => path !== "part.yaml")
      .map(async (path): Promise<BlueprintFile> => {
        const template = path.endsWith(TEMPLATE);
        return {
          path: template ? path.slice(0, -TEMPLATE.length) : path,
          template,
          text: await read(path),
        };
      }),
  );
  return { role, id, part: await read("part.yaml"), files };
};

const readRole = async (
  dir: string,
  role: Role,
): Promise<{ brief: Brief; folders: readonly BlueprintFolder[] }> => {
  const brief = parseBrief(await readFile(join(dir, role, "brief.md"), "utf8"), `${role}/brief.md`);
  const root = join(dir, role, "blueprint");
  const paths = await listFiles(root);
  const ids = paths
    .filter((path) => path.endsWith("/part.yaml"))
    .map((path) => path.slice(0, -"/part.yaml".length));
  return { brief, folders: await Promise.all(ids.map((id) => readFolder(root, role, id, paths))) };
};

/** Reads `prompts/`. Throws BugError on a brief that does not parse, and the file system's error on a missing folder. */
export const readPrompts = async (dir: string): Promise<Prompts> => {
  const roles = await Promise.all(
    ROLES.map(async (role) => [role, await readRole(dir, role)] as const),
  );
  return {
    briefs: Object.fromEntries(roles.map(([role, read]) => [role, read.brief])) as Record<
      Role,
      Brief
    >,
    folders: roles.flatMap(([, read]) => read.folders),
    houseRules: await readFile(join(dir, "house-rules.md"), "utf8"),
  };
};

/** The folders of `role` that the spec's options and choices select: `common` first, then `<option>/<value>` in table order. */
export const selectFolders = (
  prompts: Prompts,
  role: Role,
  spec: PipelineSpec,
): readonly BlueprintFolder[] => {
  const mine = prompts.folders.filter((folder) => folder.role === role);
  // An option without a folder of this role is not even looked at: what a step reads is what may make it stale.
  const has = (name: string): boolean => mine.some(({ id }) => id.startsWith(`${name}/`));
  const wanted = [
    "common",
    ...OPTION_NAMES.filter(has).map((name) => `${name}/${spec.options[name]}`),
    ...CHOICE_NAMES.filter(has).map((name) => `${name}/${spec.choices[name]}`),
  ];
  return wanted.flatMap((id) => mine.filter((folder) => folder.id === id));
};
