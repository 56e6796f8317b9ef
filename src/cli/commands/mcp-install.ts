import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf, UserInputError } from "../../lib/errors.ts";
import { answer, EXIT, type ExitCode, type Io } from "../io.ts";

export const MCP_CLIENTS = ["claude-desktop", "claude-code", "cursor"] as const;
export type McpClient = (typeof MCP_CLIENTS)[number];

/** How a client starts the server. The home is absolute, because a client starts it in a folder of its own. */
export interface McpEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface McpInstallDeps {
  readonly io: Io;
  readonly entry: McpEntry;
  /** Starts the server once as the entry says; gives what it answered, or throws. */
  readonly check: (entry: McpEntry) => Promise<string>;
  /** The user's own folder and what the system calls itself; the running ones unless given. */
  readonly userDir?: string;
  readonly platform?: NodeJS.Platform;
  readonly appData?: string;
}

export interface McpInstallOptions {
  readonly client: McpClient;
  readonly print?: boolean;
  readonly remove?: boolean;
  /** Another file than the one that the client reads. */
  readonly file?: string;
}

const NAME = "mlpipeline";

const desktopDir = ({
  appData,
  platform = process.platform,
  userDir = homedir(),
}: McpInstallDeps) => {
  if (platform === "darwin") return join(userDir, "Library", "Application Support", "Claude");
  if (platform === "win32") return join(appData ?? join(userDir, "AppData", "Roaming"), "Claude");
  return join(userDir, ".config", "Claude");
};

/** The file in which a client keeps its servers. */
const fileOf = (client: McpClient, deps: McpInstallDeps): string => {
  const userDir = deps.userDir ?? homedir();
  if (client === "claude-desktop") return join(desktopDir(deps), "claude_desktop_config.json");
  return client === "cursor" ? join(userDir, ".cursor", "mcp.json") : join(userDir, ".claude.json");
};

type Settings = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const unreadable = (file: string, why: string): UserInputError =>
  new UserInputError("CLIENT_FILE_INVALID", `${file} is not what its client writes: ${why}`, {
    next: "mend the file, or use --print and add the entry by hand",
  });

const readSettings = async (
  file: string,
): Promise<{ readonly text: string | null; readonly settings: Settings }> => {
  const text = await readFile(file, "utf8").catch((error: { readonly code?: string }) => {
    if (error.code === "ENOENT") return null;
    throw unreadable(file, messageOf(error));
  });
  if (text === null || text.trim() === "") return { text, settings: {} };
  try {
    const settings: unknown = JSON.parse(text);
    if (isRecord(settings) && (settings.mcpServers === undefined || isRecord(settings.mcpServers)))
      return { text, settings };
  } catch (error) {
    throw unreadable(file, messageOf(error));
  }
  throw unreadable(file, "expected an object with mcpServers");
};

/** The settings with one entry added, replaced or taken out; everything else as it was. */
const merged = (settings: Settings, entry: McpEntry | null): Settings => {
  const servers = isRecord(settings.mcpServers) ? settings.mcpServers : {};
  const { [NAME]: _old, ...others } = servers;
  return { ...settings, mcpServers: entry === null ? others : { ...others, [NAME]: entry } };
};

const entryIn = (settings: Settings): unknown =>
  isRecord(settings.mcpServers) ? settings.mcpServers[NAME] : undefined;

const lines = (sign: string, value: unknown): string[] =>
  value === undefined
    ? []
    : JSON.stringify({ [NAME]: value }, null, 2)
        .split("\n")
        .slice(1, -1)
        .map((line) => `${sign} ${line}`);

const diffOf = (before: Settings, after: Settings): string =>
  [...lines("-", entryIn(before)), ...lines("+", entryIn(after))].join("\n");

/** Written beside the file and moved over it, so that a client never reads half of it. */
const replaceFile = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
};

interface Installed {
  readonly client: McpClient;
  readonly file: string;
  readonly backup: string | null;
  readonly changed: boolean;
  readonly diff: string;
  readonly check: string | null;
}

const render = (done: Installed): string =>
  [
    done.file,
    done.diff === "" ? "(nothing to change)" : done.diff,
    ...(done.backup === null ? [] : [`the file as it was: ${done.backup}`]),
    ...(done.check === null ? [] : [done.check]),
    ...(done.changed ? [`Start ${done.client} again to see it.`] : []),
  ].join("\n");

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const checked = async ({ check, entry }: McpInstallDeps): Promise<string> => {
  try {
    return await check(entry);
  } catch (error) {
    throw new UserInputError(
      "SERVER_DID_NOT_ANSWER",
      `the entry was written, but the server it starts did not answer: ${messageOf(error)}`,
      { next: "mlpipeline doctor, or mlpipeline mcp uninstall", cause: error },
    );
  }
};

/**
 * Puts the server into a client's file, or takes it out: shows the change, keeps the file as it was beside it, writes it whole, and
 * starts the server once to see that it answers. With `print` nothing is written. UserInputError CLIENT_FILE_INVALID.
 */
export const mcpInstall = async (
  deps: McpInstallDeps,
  { client, file: given, print = false, remove = false }: McpInstallOptions,
): Promise<ExitCode> => {
  const file = given ?? fileOf(client, deps);
  const { settings, text } = await readSettings(file);
  const after = merged(settings, remove ? null : deps.entry);
  const changed = !same(entryIn(settings), entryIn(after));
  const shown = {
    client,
    file,
    changed: changed && !print,
    diff: changed ? diffOf(settings, after) : "",
  };
  if (print || (!changed && remove)) {
    answer(deps.io, { ...shown, backup: null, check: null }, render);
    return EXIT.ok;
  }
  const backup = changed && text !== null ? `${file}.before-mlpipeline` : null;
  if (backup !== null) await copyFile(file, backup);
  if (changed) await replaceFile(file, `${JSON.stringify(after, null, 2)}\n`);
  const check = remove ? null : await checked(deps);
  answer(deps.io, { ...shown, backup, check }, render);
  return EXIT.ok;
};
