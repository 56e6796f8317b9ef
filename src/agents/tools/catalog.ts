import { BugError } from "../../lib/errors.ts";
import type { Brief } from "../../spec/brief.ts";
import { checkRun } from "./check-run.ts";
import { dataQuery } from "./data-query.ts";
import { factsGet } from "./facts-get.ts";
import { fileEdit } from "./file-edit.ts";
import { fileRead } from "./file-read.ts";
import { fileRemove } from "./file-remove.ts";
import { fileWrite } from "./file-write.ts";
import { filesList } from "./files-list.ts";
import { filesSearch } from "./files-search.ts";
import { knowledgeRead } from "./knowledge-read.ts";
import { makeRun } from "./make-run.ts";
import { submit } from "./submit.ts";
import type { AgentTool } from "./tool.ts";

/** All that a specialist can do, sorted by name: the order in which a model sees them. */
export const AGENT_TOOLS: readonly AgentTool[] = [
  checkRun,
  dataQuery,
  factsGet,
  fileEdit,
  fileRead,
  fileRemove,
  fileWrite,
  filesList,
  filesSearch,
  knowledgeRead,
  makeRun,
  submit,
].sort((a, b) => (a.name < b.name ? -1 : 1));

/** The tools that a brief names, sorted. BugError TOOL_UNKNOWN: briefs ship with the product. */
export const toolsFor = ({ role, tools }: Pick<Brief, "role" | "tools">): readonly AgentTool[] => {
  const unknown = tools.find((name) => !AGENT_TOOLS.some((tool) => tool.name === name));
  if (unknown !== undefined)
    throw new BugError("TOOL_UNKNOWN", `the brief of ${role} names the tool ${unknown}`);
  return AGENT_TOOLS.filter(({ name }) => tools.includes(name));
};
