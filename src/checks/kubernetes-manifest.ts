import { isMap, LineCounter, parseAllDocuments } from "yaml";
import { blocks, defineCheck, ownTexts, resultOf } from "./define.ts";
import { isChartTemplate } from "./helm/chart-files.ts";
import { KIND_RULES } from "./kubernetes/kinds.ts";
import { at, type Json, type KubeObject, objectOf } from "./kubernetes/object.ts";
import type { Finding } from "./types.ts";

const ID = "kubernetes-manifest";
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LABEL = "app.kubernetes.io/name";
/** What people and dashboards find by its label. */
const LABELLED = new Set(["Deployment", "StatefulSet", "DaemonSet", "Service", "CronJob"]);
/** Folders whose every YAML document is an object of the cluster; elsewhere one is told by apiVersion and kind. */
const CLUSTER_ONLY = /^k8s\//;
/** Files of tools that apply objects, without a name of their own, and values of charts. */
const NOT_AN_OBJECT = /(^|\/)(kustomization|values[\w.-]*|Chart)\.ya?ml$/;

// A job that is created anew for every run has the start of a name, to which the cluster adds the rest.
const nameOf = (body: Json): string => {
  const start = at(body, "metadata", "generateName");
  const name = at(body, "metadata", "name") ?? (typeof start === "string" ? `${start}x` : "");
  return String(name);
};

/** The objects of a YAML file; documents that are none are left out, with their line in `strays`. */
const objectsOf = (file: string, text: string) => {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  const objects: KubeObject[] = [];
  const strays: number[] = [];
  for (const document of "empty" in documents ? [] : documents) {
    if (document.errors.length > 0 || document.contents === null) continue;
    const line = lines.linePos(
      isMap(document.contents) ? (document.contents.range?.[0] ?? 0) : 0,
    ).line;
    const body = objectOf(document.toJS());
    const { apiVersion, kind } = body;
    if (typeof apiVersion !== "string" || typeof kind !== "string") strays.push(line);
    else objects.push({ file, line, kind, name: nameOf(body), body });
  }
  return { objects, strays };
};

const examine = (object: KubeObject): readonly Finding[] => {
  const name = NAME.test(object.name) ? [] : [`metadata.name "${object.name}" is not a DNS name`];
  const problems = [...name, ...(KIND_RULES[object.kind]?.(object.body) ?? [])];
  const labelled =
    !LABELLED.has(object.kind) || at(object.body, "metadata", "labels", LABEL) !== undefined;
  const where = `${object.kind} ${object.name}`;
  return [
    ...problems.map((problem) => blocks(ID, object.file, object.line, `${where}: ${problem}`)),
    ...(labelled
      ? []
      : [
          {
            rule: ID,
            severity: "warn",
            file: object.file,
            line: object.line,
            message: `${where}: the label ${LABEL} is missing`,
          } as const,
        ]),
  ];
};

const twice = (objects: readonly KubeObject[]): readonly Finding[] => {
  const seen = new Map<string, KubeObject>();
  return objects.flatMap((object) => {
    const key = `${String(object.body.apiVersion)} ${object.kind} ${String(at(object.body, "metadata", "namespace") ?? "")} ${object.name}`;
    const first = seen.get(key);
    seen.set(key, first ?? object);
    return first && first.file === object.file
      ? [blocks(ID, object.file, object.line, `${object.kind} ${object.name} stands twice`)]
      : [];
  });
};

/**
 * Kubernetes objects have kind, version, a DNS name and what their kind needs: selectors that match, limits, bounds that can
 * be met, weights that sum to 100. Own rules, not the cluster's schema: the level is `parsed`.
 */
export const kubernetesManifest = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const files = ownTexts(
      input,
      (path) =>
        /\.ya?ml$/.test(path) &&
        /^(k8s|deploy)\//.test(path) &&
        !NOT_AN_OBJECT.test(path) &&
        !isChartTemplate(path, input.files.list),
    );
    const read = files.map(({ path, text }) => ({ path, ...objectsOf(path, text) }));
    const objects = read.flatMap((file) => file.objects);
    const strays = read
      .filter(({ path }) => CLUSTER_ONLY.test(path))
      .flatMap(({ path, strays: lines }) =>
        lines.map((line) => blocks(ID, path, line, "apiVersion or kind is missing")),
      );
    const paths = read.filter((file) => file.objects.length > 0).map(({ path }) => path);
    return resultOf(ID, {
      findings: [...strays, ...objects.flatMap(examine), ...twice(objects)],
      levels: paths.map((path) => ({
        path,
        level: "parsed" as const,
        by: { check: ID, tool: "object rules", version: "1" },
      })),
      weaker: Object.fromEntries(
        paths.map((path) => [path, "tool not installed: a Kubernetes API server with the schemas"]),
      ),
    });
  },
});
