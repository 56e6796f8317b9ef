import { type Command, Option } from "commander";
import { UserInputError } from "../lib/errors.ts";
import { ASSISTANT_TOOLSETS, type AssistantToolset } from "../operations/define.ts";
import { MCP_CLIENTS, type McpClient, type McpInstallDeps } from "./commands/mcp-install.ts";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./io.ts";
import { summaryOf } from "./summaries.ts";

/** Which tools an assistant is offered over stdio. */
export interface McpOffer {
  readonly toolsets: readonly AssistantToolset[];
  readonly readOnly: boolean;
}

/** What only the composition can give: the server itself, and how a client starts it. */
export interface McpProgram {
  readonly serve: (offer: McpOffer) => Promise<ExitCode>;
  readonly entry: (offer: McpOffer) => McpInstallDeps["entry"];
  readonly check: McpInstallDeps["check"];
}

const parseToolsets = (text: string): readonly AssistantToolset[] =>
  text.split(",").map((word) => {
    const known = ASSISTANT_TOOLSETS.find((toolset) => toolset === word.trim());
    if (known !== undefined) return known;
    throw new UserInputError("INVALID_INPUT", `there is no toolset "${word.trim()}"`, {
      expected: ASSISTANT_TOOLSETS.join(", "),
      got: word.trim(),
      next: "mlpipeline mcp --toolsets core,audit",
    });
  });

interface OfferOptions {
  readonly toolsets: string;
  readonly readOnly?: boolean;
}

const offerOf = ({ readOnly = false, toolsets }: OfferOptions): McpOffer => ({
  toolsets: parseToolsets(toolsets),
  readOnly,
});

const withOffer = (command: Command): Command =>
  command
    .option("--toolsets <names>", `which tools to offer: ${ASSISTANT_TOOLSETS.join(", ")}`, "core")
    .option("--read-only", "offer nothing that changes anything");

/** Adds `mcp`, `mcp install` and `mcp uninstall`. */
export const addMcp = (
  program: Command,
  mcp: McpProgram,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  const group = withOffer(program.command("mcp").summary(summaryOf("mcp"))).action(
    async (options: OfferOptions) => finish(await mcp.serve(offerOf(options))),
  );
  const add = (name: "install" | "uninstall", summary: string) =>
    group
      .command(name)
      .summary(summary)
      .addOption(
        new Option("--client <client>", "whose settings to change")
          .choices(MCP_CLIENTS)
          .makeOptionMandatory(),
      )
      .option("--print", "only show what would change")
      .option("--file <path>", "another settings file than the client's own")
      .action(async (options: { client: McpClient; print?: boolean; file?: string }) => {
        // --toolsets and --read-only are the parent's, wherever they stand.
        const entry = mcp.entry(offerOf(group.opts<OfferOptions>()));
        const { mcpInstall } = await import("./commands/mcp-install.ts");
        const { client, file, print = false } = options;
        finish(
          await mcpInstall(
            { io: context().io, entry, check: mcp.check },
            { client, print, remove: name === "uninstall", ...(file ? { file } : {}) },
          ),
        );
      });
  add("install", "Add this home to an assistant's settings");
  add("uninstall", "Take it out of an assistant's settings");
};
