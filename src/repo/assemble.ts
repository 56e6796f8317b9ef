import { stringify } from "yaml";
import type { Facts } from "../spec/facts.ts";
import type { Part } from "../spec/part.ts";
import type { Role } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import { renderMakefile } from "./makefile.ts";
import { mergePythonGroups } from "./python-groups.ts";
import { renderScorecard } from "./scorecard.ts";

/** What the assembled files are made from: the spec and the accepted (or submitted) steps' parts, in playbook order. */
export interface AssembleInput {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
  readonly names: { readonly pipeline: string; readonly pkg: string };
  readonly parts: readonly Part[];
  readonly roles: readonly Role[];
}

const pyproject = (input: AssembleInput): string => {
  const groups = mergePythonGroups(input.parts);
  const table = [...groups].map(([name, group]) =>
    [`${name} = [`, ...group.direct.map((pin) => `  ${JSON.stringify(pin)},`), "]"].join("\n"),
  );
  return `${[
    "[build-system]",
    'requires = ["setuptools>=68"]',
    'build-backend = "setuptools.build_meta"',
    "",
    "[project]",
    `name = ${JSON.stringify(input.names.pipeline)}`,
    'version = "0.1.0"',
    'requires-python = ">=3.11"',
    "",
    "[tool.setuptools.packages.find]",
    'where = ["src"]',
    "",
    "[tool.pytest.ini_options]",
    'testpaths = ["tests"]',
    'pythonpath = ["src", "."]',
    "",
    "# What each group imports; locks/<group>.txt holds every package that is installed for it.",
    "[dependency-groups]",
    ...table,
  ].join("\n")}\n`;
};

const gitignore = (input: AssembleInput): string =>
  `${[...new Set([".venv/", "__pycache__/", ".pytest_cache/", ...input.parts.flatMap((part) => part.gitignore)])].join("\n")}\n`;

/**
 * The files that code assembles and no specialist owns: Makefile, pyproject.toml, one lock per dependency group, spec.yaml,
 * scorecard/criteria.yaml and .gitignore. They follow from the spec and the parts alone, so equal input gives equal bytes.
 */
export const assembleFiles = (input: AssembleInput): ReadonlyMap<string, string> => {
  const groups = mergePythonGroups(input.parts);
  return new Map([
    ["Makefile", renderMakefile(input.parts, [...groups.keys()])],
    ["pyproject.toml", pyproject(input)],
    ["spec.yaml", stringify(input.spec, { lineWidth: 0 })],
    ["scorecard/criteria.yaml", renderScorecard(input)],
    [".gitignore", gitignore(input)],
    ...[...groups].map(([name, group]): [string, string] => [
      `locks/${name}.txt`,
      `${group.lock.join("\n")}\n`,
    ]),
  ]);
};
