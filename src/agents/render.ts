import { Eta } from "eta";
import { BugError, messageOf } from "../lib/errors.ts";
import type { Brief } from "../spec/brief.ts";
import { matchesGlob } from "../spec/glob.ts";
import type { Part } from "../spec/part.ts";
import { parsePart } from "../spec/part.ts";
import type { Role } from "../spec/roles.ts";
import type { BlueprintFolder, Prompts } from "./blueprint.ts";
import { selectFolders } from "./blueprint.ts";
import type { DraftInput, DraftPlan, PlanRole } from "./draft.ts";
import { escapers } from "./escape.ts";

/** A rendered step: its files by path, and what each blueprint folder contributes besides them. */
export interface RenderedStep {
  readonly files: ReadonlyMap<string, string>;
  readonly parts: readonly Part[];
}

const eta = new Eta({ tags: ["<%", "%>"], autoEscape: false, autoTrim: false, cache: false });

/** Paths hold `__pkg__` and `__service__` where the names of the pipeline belong. */
const placePath = (path: string, names: DraftInput["names"]): string =>
  path.replaceAll("__pkg__", names.pkg).replaceAll("__service__", names.service);

const renderText = (text: string, data: object, from: string): string => {
  try {
    return eta.renderString(text, data);
  } catch (error) {
    throw new BugError("BLUEPRINT_RENDER", `${from}: ${messageOf(error)}`, { cause: error });
  }
};

const dataOf = (input: DraftInput, plan: DraftPlan, hardened: boolean): object => ({
  ...escapers,
  spec: input.spec,
  facts: input.facts,
  names: input.names,
  upstream: input.upstream,
  options: input.spec.options,
  choices: input.spec.choices,
  view: plan.view,
  hardened,
});

const renderFolder = (folder: BlueprintFolder, data: object, names: DraftInput["names"]) => ({
  part: parsePart(
    renderText(folder.part, data, `${folder.role}/${folder.id}/part.yaml`),
    `${folder.role}/${folder.id}/part.yaml`,
  ),
  files: folder.files.map((file): readonly [string, string] => [
    placePath(file.path, names),
    file.template
      ? renderText(file.text, data, `${folder.role}/${folder.id}/${file.path}`)
      : file.text,
  ]),
});

const renderFolders = (prompts: Prompts, role: Role, input: DraftInput, data: object) =>
  selectFolders(prompts, role, input.spec).map((folder) => renderFolder(folder, data, input.names));

/**
 * Renders a specialist's draft from its blueprint. A file that renders to white space alone does not apply and is not
 * written. A role that hardens another renders that role's folders too (with that role's plan), keeping the paths of its
 * own contract. BugError BLUEPRINT_RENDER when a template fails.
 */
export const renderStep = (
  prompts: Prompts,
  brief: Brief,
  input: DraftInput,
  plans: Readonly<Record<Role, PlanRole>>,
): RenderedStep => {
  const own = renderFolders(
    prompts,
    brief.role,
    input,
    dataOf(input, plans[brief.role](input), false),
  );
  const contract = brief.deliverables.flatMap((deliverable) => deliverable.files);
  const other = brief.hardens;
  const hardened = other
    ? renderFolders(prompts, other, input, dataOf(input, plans[other](input), true))
        .flatMap((folder) => folder.files)
        .filter(([path]) => contract.some((pattern) => matchesGlob(pattern, path)))
    : [];
  const files = [...hardened, ...own.flatMap((folder) => folder.files)];
  return {
    files: new Map(files.filter(([, text]) => text.trim() !== "")),
    parts: own.map((folder) => folder.part),
  };
};
