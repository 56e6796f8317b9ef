import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Actor } from "../engine/command.ts";
import { UserInputError } from "../lib/errors.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";

const isAddress = (uri: string): boolean => /^(https?|postgres(ql)?):\/\//i.test(uri);
const pathOf = (uri: string): string => (uri.startsWith("file://") ? fileURLToPath(uri) : uri);

const isWithin = (path: string, root: string): boolean => {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

// Links are followed as far as the path exists, so that neither a link inside a root leads out nor a missing file tells of itself.
const followed = async (path: string): Promise<string> => {
  const real = await realpath(path).catch(() => null);
  if (real !== null) return real;
  const parent = dirname(path);
  return parent === path ? path : join(await followed(parent), relative(parent, path));
};

type Deps = Pick<RuntimeDeps, "config" | "home" | "store">;

const known = async ({ store }: Deps): Promise<ReadonlySet<string>> => {
  const specs = (await store.pipelines.list()).map(({ spec }) => spec as Partial<PipelineSpec>);
  return new Set(
    specs.flatMap(({ dataset, sources }) =>
      [dataset, ...(sources ?? [])].flatMap((source) => (source ? [source.uri] : [])),
    ),
  );
};

const outside = (uri: string): UserInputError =>
  new UserInputError("DATA_OUTSIDE_ROOTS", "The dataset lies where runs may not read.", {
    expected: "a path below one of data.roots, a file handed over, or a dataset used before",
    got: uri,
    next: "hand the file over, start the run in a terminal, or have the owner add its folder to data.roots in mlpipeline.yml",
  });

/**
 * The spec with the paths of its datasets made absolute, starting at the home where they are relative. Refuses a file outside
 * `data.roots`, outside what people handed over, and that no pipeline here was built from before. People at a terminal are not
 * held to it: the file is opened with their own rights. UserInputError DATA_OUTSIDE_ROOTS, whether or not there is such a file.
 */
export const settleSources = async (
  deps: Deps,
  spec: PipelineSpec,
  actor: Actor,
): Promise<PipelineSpec> => {
  if (actor.via === "cli" && !actor.model) return spec;
  const { config, home } = deps;
  const folders = config.data.roots.filter((root) => !isAddress(root)).map(pathOf);
  const roots = await Promise.all(
    [...folders, "data"].map((root) => followed(resolve(home.dir, root))),
  );
  const before = await known(deps);
  const settle = async <T extends { readonly uri: string }>(source: T): Promise<T> => {
    if (isAddress(source.uri) || before.has(source.uri)) return source;
    const uri = resolve(home.dir, pathOf(source.uri));
    const path = await followed(uri);
    if (!roots.some((root) => isWithin(path, root))) throw outside(source.uri);
    return { ...source, uri };
  };
  return {
    ...spec,
    dataset: await settle(spec.dataset),
    sources: await Promise.all(spec.sources.map(settle)),
  };
};

/**
 * The place of data that is to be watched: a path made absolute, held to `data.roots` like a dataset unless a person at a terminal
 * named it. UserInputError DATA_OUTSIDE_ROOTS, whether or not there is such a file.
 */
export const settlePath = async (
  deps: Pick<RuntimeDeps, "config" | "home">,
  path: string,
  actor: Actor,
): Promise<string> => {
  if ((actor.via === "cli" && !actor.model) || isAddress(path)) return path;
  const { config, home } = deps;
  const folders = config.data.roots.filter((root) => !isAddress(root)).map(pathOf);
  const roots = await Promise.all(
    [...folders, "data"].map((root) => followed(resolve(home.dir, root))),
  );
  const uri = resolve(home.dir, pathOf(path));
  const real = await followed(uri);
  if (roots.some((root) => isWithin(real, root))) return uri;
  throw outside(path);
};
