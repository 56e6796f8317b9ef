import { z } from "zod";
import { sha256 } from "../lib/hash.ts";
import { defineOperation, type Handler, READ, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";
import { present } from "./present.ts";

const Dataset = z.strictObject({
  /** Short and stable, for lists that cannot hold an address. */
  id: z.string(),
  name: z.string(),
  uri: z.string(),
  /** The column that was predicted from it before. */
  target: z.string().optional(),
  pipeline: z.string().optional(),
});

/** Datasets that pipelines were built from, and files that people handed over. */
export const datasetsList = defineOperation({
  name: "datasets_list",
  title: "Known datasets",
  description: "Datasets used before or handed over as files. For people only.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({
    query: z.string().max(100).default(""),
    limit: z.int().min(1).max(100).default(50),
  }),
  output: z.strictObject({ datasets: z.array(Dataset) }),
});

/** Keeps a file that somebody handed over, for a run to be started from. Throws DATA_TYPE, DATA_SIZE. */
export const datasetKeep = defineOperation({
  name: "dataset_keep",
  title: "Keep a dataset",
  description: "Keep a file that a person handed over. For people only.",
  scope: "pipeline:run",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    name: z.string().min(1).max(300),
    bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array, "bytes"),
  }),
  output: z.strictObject({ path: z.string(), bytes: z.int() }),
});

const Spec = z.looseObject({
  dataset: z.looseObject({ uri: z.string() }),
  target: z.looseObject({ column: z.string() }),
});

const idOf = (uri: string): string => sha256(uri).slice(0, 16);
const fileOf = (uri: string): string => uri.split(/[\\/]/).at(-1) ?? uri;

type Deps = Pick<CatalogDeps, "pipelines" | "datasets">;

export const createDatasetsList =
  ({ datasets, pipelines }: Deps): Handler<typeof datasetsList> =>
  async ({ limit, query }) => {
    const used = (await pipelines.list()).flatMap(({ name, spec }) => {
      const parsed = Spec.safeParse(spec);
      if (!parsed.success) return [];
      const { dataset, target } = parsed.data;
      return [
        { uri: dataset.uri, target: target.column, pipeline: name, name: fileOf(dataset.uri) },
      ];
    });
    const kept = (await datasets.list()).map(({ name, path }) => ({
      uri: path,
      name,
      target: null,
      pipeline: null,
    }));
    const all = [...used, ...kept.filter((file) => !used.some((one) => one.uri === file.uri))];
    const wanted = query.trim().toLowerCase();
    return {
      datasets: all
        .filter((one) => `${one.name} ${one.pipeline ?? ""}`.toLowerCase().includes(wanted))
        .slice(0, limit)
        .map(({ name, pipeline, target, uri }) => ({
          id: idOf(uri),
          name,
          uri,
          ...present({ target, pipeline }),
        })),
    };
  };

export const createDatasetKeep =
  ({ datasets }: Pick<CatalogDeps, "datasets">): Handler<typeof datasetKeep> =>
  async ({ bytes, name }) => ({
    path: await datasets.keep(name, bytes),
    bytes: bytes.byteLength,
  });
