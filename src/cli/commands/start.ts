import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UserInputError } from "../../lib/errors.ts";
import { runStart } from "../../operations/run-start.ts";
import { formatSourceArgument, parseSourceArgument } from "../../spec/source-argument.ts";
import { isRecord, type PartialSpec, parseSpecFile } from "../../spec/spec-file.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { bullets } from "../table.ts";

export interface StartOptions extends CommonOptions {
  readonly spec?: string;
  readonly data?: string;
  readonly target?: string;
  readonly goal?: string;
  readonly name?: string;
  readonly positive?: string;
  readonly source?: readonly string[];
  readonly remote?: string;
  readonly branch?: string;
  readonly option?: readonly string[];
}

const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/** "k=v" items to a record; an item without "=" becomes a key without a value, which intake then refuses by name. */
const options = (items: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    items.map((item) => {
      const at = item.indexOf("=");
      return at < 0 ? [item, ""] : [item.slice(0, at), item.slice(at + 1)];
    }),
  );

/** A source whose path no longer depends on the folder that the terminal stands in. */
const resolved = (text: string): string => {
  const source = parseSourceArgument(text);
  return formatSourceArgument({
    ...source,
    uri: isAddress(source.uri) ? source.uri : resolve(source.uri),
  });
};

/** A file of the spec beside which it lies; addresses and whole paths stay as they are. */
const beside = (folder: string, source: unknown): unknown =>
  isRecord(source) && typeof source.uri === "string" && !isAddress(source.uri)
    ? { ...source, uri: resolve(folder, source.uri) }
    : source;

const readSpec = async (path: string): Promise<PartialSpec> => {
  const text = await readFile(path, "utf8").catch(() => {
    throw new UserInputError("SPEC_FILE", "the spec cannot be read", {
      expected: "a YAML file",
      got: path,
      next: "give the path of a file that may be read",
    });
  });
  const spec = parseSpecFile(text);
  const folder = dirname(resolve(path));
  return {
    ...spec,
    ...(spec.dataset === undefined ? {} : { dataset: beside(folder, spec.dataset) }),
    ...(Array.isArray(spec.sources)
      ? { sources: spec.sources.map((source) => beside(folder, source)) }
      : {}),
  };
};

const inputOf = (given: StartOptions) => {
  const { branch, data, goal, name, positive, remote, source: sources = [], target } = given;
  return {
    ...(data === undefined ? {} : { dataset: isAddress(data) ? data : resolve(data) }),
    ...(target === undefined ? {} : { target }),
    ...(goal === undefined ? {} : { goal }),
    ...(name === undefined ? {} : { pipeline: name }),
    ...(positive === undefined ? {} : { positive }),
    ...(remote === undefined ? {} : { remote }),
    ...(branch === undefined ? {} : { branch }),
    ...(sources.length === 0 ? {} : { sources: sources.map(resolved) }),
    options: options(given.option ?? []),
  };
};

export const start = async (context: CliContext, given: StartOptions): Promise<ExitCode> => {
  const session = await context.open(given.key === undefined ? {} : { key: given.key });
  try {
    const spec = given.spec === undefined ? {} : { spec: await readSpec(given.spec) };
    const started = await session.call(runStart, { ...inputOf(given), ...spec });
    const lines = [
      `started ${started.run}: ${started.rows} rows × ${started.columns} columns, target ${started.target}`,
      ...(started.assumptions.length > 0 ? [`assumed:\n${bullets(started.assumptions)}`] : []),
      ...(started.warnings.length > 0 ? [`warnings:\n${bullets(started.warnings)}`] : []),
      ...(given.wait
        ? []
        : [
            `next: mlpipeline status ${started.run} (a worker is needed: mlpipeline serve, or start with --wait)`,
          ]),
    ];
    if (!given.wait) {
      answer(context.io, started, () => lines.join("\n"));
      return EXIT.ok;
    }
    context.io.err(lines.join("\n"));
    return await follow(context, session, started.run_id, started.run);
  } finally {
    await session.close();
  }
};
