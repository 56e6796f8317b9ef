import { completable, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { cleanText } from "./clean-text.ts";
import { openApprovals, phases, pipelineNames } from "./completions.ts";
import type { COMPLETIONS, Guide } from "./guides.ts";
import type { Reads } from "./reads.ts";

/** A brief as the playbook shows it. */
export interface BriefSummary {
  readonly role: string;
  readonly title: string;
  readonly phase: number;
  readonly deliverables: readonly string[];
  readonly summary: string;
}

export interface PromptDeps {
  readonly guides: () => readonly Guide[];
  readonly briefs: readonly BriefSummary[];
  readonly reads: Reads;
  readonly mayRead: () => Promise<boolean>;
}

const MAX_ARGUMENT = 300;

type Completion = (typeof COMPLETIONS)[number];

const completionsOf =
  ({ mayRead, reads }: PromptDeps, kind: Completion) =>
  async (typed: string): Promise<string[]> => {
    if (kind === "phases") return phases(typed);
    if (kind === "windows") return ["7", "14", "30"].filter((days) => days.startsWith(typed));
    if (!(await mayRead())) return [];
    return kind === "pipelines" ? pipelineNames(reads, typed) : openApprovals(reads, typed);
  };

const argumentOf = (deps: PromptDeps, argument: Guide["arguments"][number]): z.ZodType => {
  const text = z.string().max(MAX_ARGUMENT).describe(argument.description);
  const { complete, required } = argument;
  const offered =
    complete === undefined
      ? text
      : completable(text, (typed) => completionsOf(deps, complete)(typed));
  return required ? offered : offered.optional();
};

const playbookOf = (briefs: readonly BriefSummary[]): string =>
  briefs
    .map(
      ({ deliverables, phase, role, summary, title }) =>
        `- Phase ${phase}, ${title}: ${summary} Deliverables: ${deliverables.join(", ")}. Brief: mlpipeline://briefs/${role}`,
    )
    .join("\n");

const linksOf = (briefs: readonly BriefSummary[], phase: string): string =>
  briefs
    .filter((brief) => String(brief.phase) === phase)
    .map((brief) => `- mlpipeline://briefs/${brief.role}`)
    .join("\n");

/** One line without anything that could end the frame it stands in. */
const value = (given: string | undefined): string =>
  cleanText(given ?? "not named")
    .replace(/\s+/g, " ")
    .replaceAll("{{", "")
    .slice(0, MAX_ARGUMENT);

/** The text of a guide. Only arguments that the caller gave and what ships with the product stand in it. */
export const renderGuide = (
  guide: Guide,
  given: Readonly<Record<string, string | undefined>>,
  briefs: readonly BriefSummary[],
): string =>
  guide.body.replace(/\{\{([a-z_:]+)\}\}/g, (_whole, name: string) => {
    if (name === "playbook") return playbookOf(briefs);
    if (name === "links:briefs_of_phase") return linksOf(briefs, value(given.phase));
    return value(given[name]);
  });

/** Adds the guides to a server as prompts; gives what takes them up anew after a file changed, which tells the client. */
export const registerPrompts = (mcp: McpServer, deps: PromptDeps): (() => void) => {
  const register = () =>
    deps.guides().map((guide) => {
      const shape = Object.fromEntries(
        guide.arguments.map((argument) => [argument.name, argumentOf(deps, argument)]),
      );
      return mcp.registerPrompt(
        guide.name,
        { title: guide.title, description: guide.description, argsSchema: z.object(shape) },
        (given) => ({
          messages: [
            {
              role: "user",
              content: {
                type: "text",
                text: renderGuide(guide, given as Record<string, string | undefined>, deps.briefs),
              },
            },
          ],
        }),
      );
    });
  let registered = register();
  return () => {
    for (const prompt of registered) prompt.remove();
    registered = register();
  };
};
