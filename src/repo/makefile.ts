import { BugError } from "../lib/errors.ts";
import type { MakeTarget, Part } from "../spec/part.ts";

/** Interpreter of a dependency group: `PY` for core (checks set it), `PY_<GROUP>` for the others. */
const interpreter = (group: string): string =>
  group === "core" ? "PY" : `PY_${group.toUpperCase().replaceAll("-", "_")}`;

const venvOf = (group: string): string => `.venv/${group}`;

const envRule = (group: string): string =>
  [
    `${venvOf(group)}/.ready: locks/${group}.txt`,
    `\t$(PYTHON) -m venv ${venvOf(group)}`,
    `\t${venvOf(group)}/bin/python -m pip install --quiet -r locks/${group}.txt`,
    `\ttouch $@`,
  ].join("\n");

// The environment is a prerequisite only while its own interpreter is used; a caller that brings one (PY=…) needs none.
const readyOf = (group: string): string =>
  `$(if $(filter ${venvOf(group)}/bin/python,$(${interpreter(group)})),${venvOf(group)}/.ready)`;

const targetRule = (target: MakeTarget): string => {
  const lines = target.run.map(
    (line) => `\t${line.replaceAll("$(PY)", `$(${interpreter(target.group)})`)}`,
  );
  const needs = [readyOf(target.group), ...target.needs].join(" ");
  return [`${target.target}: ${needs} ## ${target.help}`, ...lines].join("\n");
};

/**
 * The Makefile of a pipeline repository, from the targets of the blueprint folders in use. Several folders may add lines to
 * one target; they run in the order of the playbook. Offline but for `env`, which installs each group's locked packages.
 */
export const renderMakefile = (parts: readonly Part[], groups: readonly string[]): string => {
  const merged = new Map<string, MakeTarget>();
  for (const target of parts.flatMap((part) => part.make)) {
    const known = merged.get(target.target);
    if (known && known.group !== target.group) {
      throw new BugError(
        "MAKE_GROUPS",
        `target ${target.target} is claimed by groups ${known.group} and ${target.group}`,
      );
    }
    const needs = [...new Set([...(known?.needs ?? []), ...target.needs])];
    merged.set(
      target.target,
      known ? { ...known, needs, run: [...known.run, ...target.run] } : target,
    );
  }
  const targets = [...merged.values()];
  const phony = ["help", "env", ...targets.map((target) => target.target)].join(" ");
  return `${[
    "# Assembled from the specialists' parts; see README.md. `make help` lists the targets.",
    "PYTHON ?= python3",
    ...groups.map((group) => `${interpreter(group)} ?= ${venvOf(group)}/bin/python`),
    "export PYTHONPATH := src",
    "export PYTHONHASHSEED := 0",
    ".DEFAULT_GOAL := help",
    `.PHONY: ${phony}`,
    [
      "help: ## List the targets",
      `\t@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\\t/' | expand -t 22`,
    ].join("\n"),
    `env: ${groups.map((group) => `${venvOf(group)}/.ready`).join(" ")} ## Install the locked packages of every group`,
    ...groups.map(envRule),
    ...targets.map(targetRule),
  ].join("\n\n")}\n`;
};
