import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";

const Version = z.looseObject({
  stage: z.string().default("dev"),
  model_hash: z.string().default(""),
  metric: z.number().nullable().default(null),
  approval: z.string().nullable().default(null),
  accepted: z.boolean().default(false),
});

/** `registry.json` of a pipeline's registry, as its own `register.py` writes it. */
const Registry = z.looseObject({
  aliases: z.record(z.string(), z.string()),
  versions: z.record(z.string(), Version),
  history: z.array(z.unknown()).default([]),
});
export type Registry = z.infer<typeof Registry>;

const FILE = "registry.json";
const Meta = z.looseObject({ files: z.record(z.string(), z.string()) });

const read = async (
  folder: string,
): Promise<{ readonly text: string; readonly registry: Registry } | null> => {
  const text = await readFile(join(folder, FILE), "utf8").catch(() => null);
  if (text === null) return null;
  const parsed = Registry.safeParse(JSON.parse(text));
  if (parsed.success) return { text, registry: parsed.data };
  throw new UserInputError("REGISTRY_BROKEN", `${join(folder, FILE)} is no registry`, {
    got: z.prettifyError(parsed.error).slice(0, 300),
    next: "restore it from the pipeline's repository",
  });
};

export const readRegistry = async (folder: string): Promise<Registry | null> =>
  (await read(folder))?.registry ?? null;

/** UserInputError VERSION_ALTERED unless the version's files are the ones that were registered. */
const mustBeIntact = async (folder: string, version: string): Promise<void> => {
  const text = await readFile(join(folder, version, "meta.json"), "utf8").catch(() => null);
  const meta = text === null ? null : Meta.safeParse(JSON.parse(text));
  if (!meta?.success)
    throw new UserInputError("VERSION_UNKNOWN", `version ${version} is not in the registry`, {
      next: "models_search",
    });
  for (const [name, digest] of Object.entries(meta.data.files)) {
    const bytes = await readFile(join(folder, version, name)).catch(() => null);
    if (bytes === null || sha256(bytes) !== digest)
      throw new UserInputError(
        "VERSION_ALTERED",
        `version ${version}: ${name} is not the file that was registered`,
        { next: `restore ${version} before it is served` },
      );
  }
};

/** A change of who is champion. */
export interface Move {
  readonly action: "promote" | "rollback";
  /** promote: the version that becomes champion; rollback: null means the previous one. */
  readonly version: string | null;
  readonly by: string;
  readonly approval: string;
  readonly at: number;
}

export interface Moved {
  readonly from: string | null;
  readonly to: string;
  readonly modelHash: string;
}

const targetOf = ({ action, version }: Move, { aliases, versions }: Registry): string => {
  const wanted = version ?? (action === "rollback" ? aliases.previous : aliases.challenger);
  if (wanted !== undefined && wanted in versions) return wanted;
  throw new UserInputError(
    "VERSION_UNKNOWN",
    action === "rollback" && version === null
      ? "there is no previous version to go back to"
      : `there is no version ${wanted ?? ""}`.trim(),
    { next: "models_search lists what there is" },
  );
};

/**
 * Moves the alias champion; what was champion becomes previous, so that it can be undone. Done already (the same approval stands in
 * the history): gives the same answer. UserInputError VERSION_UNKNOWN, VERSION_ALTERED, NO_REGISTRY, REGISTRY_BUSY.
 */
export const moveChampion = async (folder: string, move: Move): Promise<Moved> => {
  const before = await read(folder);
  if (before === null)
    throw new UserInputError("NO_REGISTRY", `there is no registry in ${folder}`, {
      next: "name the folder under serving in mlpipeline.yml",
    });
  const { registry, text } = before;
  const done = registry.history.find(
    (one) => (one as { readonly approval?: unknown }).approval === move.approval,
  ) as { readonly version?: string; readonly champion_before?: string | null } | undefined;
  if (done?.version !== undefined)
    return {
      from: done.champion_before ?? null,
      to: done.version,
      modelHash: registry.versions[done.version]?.model_hash ?? "",
    };
  const to = targetOf(move, registry);
  await mustBeIntact(folder, to);
  const from = registry.aliases.champion ?? null;
  const aliases = {
    ...registry.aliases,
    champion: to,
    ...(from === null || from === to ? {} : { previous: from }),
  };
  const entry = {
    at: new Date(move.at).toISOString(),
    by: move.by,
    action: move.action,
    version: to,
    champion_before: from,
    approval: move.approval,
  };
  const next = { ...registry, aliases, history: [...registry.history, entry] };
  const part = join(folder, `${FILE}.${sha256(move.approval).slice(0, 8)}.part`);
  await writeFile(part, `${JSON.stringify(next, null, 1)}\n`);
  // The pipeline's own commands write this file too; what they wrote meanwhile is not overwritten.
  if ((await read(folder))?.text !== text) {
    await rm(part, { force: true });
    throw new UserInputError("REGISTRY_BUSY", "the registry was changed at the same moment", {
      next: "try again",
    });
  }
  await rename(part, join(folder, FILE));
  return { from, to, modelHash: registry.versions[to]?.model_hash ?? "" };
};
