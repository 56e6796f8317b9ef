import { HIDDEN_CHARACTER } from "../../checks/no-untrusted-markup.ts";
import type { Brief } from "../../spec/brief.ts";
import { matchesGlob } from "../../spec/glob.ts";
import { teach } from "./answer.ts";
import type { ToolAnswer, ToolContext, Workspace } from "./tool.ts";

const UPSTREAM = "upstream/";
const LONGEST = 300;
export const MOST_FILES = 300;
export const MOST_BYTES = 2_000_000;
/** No single file of the workspace that is greater is read or searched. */
const READABLE_BYTES = 2_000_000;

type Found<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly answer: ToolAnswer };

const NEXT = 'files_list to see the paths, such as "src/<package>/train.py"';

const problemOf = (path: string): string | null => {
  if (path === "" || path.length > LONGEST) return "its length";
  if (path !== path.normalize("NFC")) return "it is not written in Unicode form NFC";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\\:*?"<>|]/.test(path) || HIDDEN_CHARACTER.test(path))
    return "a character that paths must not hold";
  if (path.startsWith("/") || path.startsWith("~")) return "it is absolute";
  const parts = path.split("/");
  if (parts.includes("..")) return 'it holds ".."';
  if (parts.some((part) => part === "" || part === "." || part !== part.trim()))
    return "an empty or dotted part";
  return null;
};

/** A path as the workspace knows it, or what is wrong with it. Nothing on disk is looked at. */
export const plainPath = (path: string): Found<{ readonly path: string }> => {
  const problem = problemOf(path);
  if (problem === null) return { ok: true, path };
  return {
    ok: false,
    answer: teach({
      expected: "a relative path with /, inside the workspace",
      got: `"${path}": ${problem}`,
      next: NEXT,
    }),
  };
};

/** The deliverable whose contract names the path; null for none. */
export const deliverableOf = (brief: Brief, path: string): string | null =>
  brief.deliverables.find(({ files }) => files.some((glob) => matchesGlob(glob, path)))?.id ?? null;

/** A path that this role may write, or why it may not. */
export const writablePath = (
  given: string,
  { brief }: Pick<ToolContext, "brief">,
): Found<{ readonly path: string; readonly deliverable: string }> => {
  const plain = plainPath(given);
  if (!plain.ok) return plain;
  const { path } = plain;
  if (path.startsWith(UPSTREAM)) {
    return {
      ok: false,
      answer: teach({
        expected: "a file of your own",
        got: `"${path}", which is read-only: it belongs to the specialist before you`,
        next: "write a file of your contract, or name what should change there under openQuestions",
      }),
    };
  }
  const deliverable = deliverableOf(brief, path);
  if (deliverable !== null) return { ok: true, path, deliverable };
  const globs = brief.deliverables.flatMap(({ files }) => files).join(" ");
  return {
    ok: false,
    answer: teach({
      expected: `a path of your contract: ${globs}`,
      got: `"${path}", which is in no deliverable of ${brief.role}`,
      next: "choose a path that the contract names; a name such as tests/…/test_*.py may be new",
    }),
  };
};

/** Bytes of an own file or, under `upstream/`, of a step before; null for none. */
const bytesAt = (workspace: Workspace, path: string): Uint8Array | null =>
  (path.startsWith(UPSTREAM)
    ? workspace.upstream.get(path.slice(UPSTREAM.length))
    : workspace.files().get(path)) ?? null;

const decode = (bytes: Uint8Array): string | null => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
};

/** Text of a file that can be shown; null for a binary one and for one that is too large. */
export const readableText = (bytes: Uint8Array): string | null =>
  bytes.byteLength > READABLE_BYTES ? null : decode(bytes);

/** A file's text, or why it cannot be read. */
export const readText = (
  given: string,
  { workspace }: Pick<ToolContext, "workspace">,
): Found<{ readonly path: string; readonly text: string; readonly bytes: Uint8Array }> => {
  const plain = plainPath(given);
  if (!plain.ok) return plain;
  const { path } = plain;
  const bytes = bytesAt(workspace, path);
  if (bytes === null) {
    const name = path.split("/").at(-1) ?? path;
    const near = [
      ...workspace.files().keys(),
      ...[...workspace.upstream.keys()].map((one) => UPSTREAM + one),
    ]
      .filter((one) => one.endsWith(`/${name}`) || one === name)
      .slice(0, 3);
    return {
      ok: false,
      answer: teach({
        expected: "a file of the workspace",
        got: `"${path}", which is not there${near.length > 0 ? `; there is ${near.join(", ")}` : ""}`,
        next: "files_list",
      }),
    };
  }
  const text = readableText(bytes);
  if (text !== null) return { ok: true, path, text, bytes };
  return {
    ok: false,
    answer: teach({
      expected: `a text file of at most ${READABLE_BYTES} bytes in UTF-8`,
      got: `"${path}": ${bytes.byteLength} bytes${bytes.byteLength > READABLE_BYTES ? "" : ", binary"}`,
      next: "leave it as it is; facts_get and data_query tell what is in the data",
    }),
  };
};

const BINARY =
  /\.(parquet|png|jpe?g|gif|pdf|zip|gz|tgz|tar|whl|so|pyc|pkl|pickle|joblib|npy|npz|onnx|db|sqlite|xlsx?)$/i;

/**
 * Whether `text` may become the file at `path`, which the contract names: no binary kind, no hidden character, and the step stays within
 * its limits. Null: it may.
 */
export const whyNotWritten = (
  path: string,
  text: string,
  workspace: Workspace,
): ToolAnswer | null => {
  const files = workspace.files();
  if (
    BINARY.test(path) ||
    (files.has(path) && readableText(files.get(path) ?? new Uint8Array()) === null)
  )
    return teach({
      expected: "a text file",
      got: `"${path}", which is binary and made by code`,
      next: "leave it as it is",
    });
  const hidden = HIDDEN_CHARACTER.exec(text);
  if (hidden) {
    const code = hidden[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    const line = text.slice(0, hidden.index).split("\n").length;
    return teach({
      expected: "text without hidden characters",
      got: `U+${code} on line ${line}`,
      next: `write the same content without it (in code as an escape: "\\u${code?.toLowerCase()}")`,
    });
  }
  const size = Buffer.byteLength(text, "utf8");
  const others = [...files].filter(([one]) => one !== path);
  const total = others.reduce((sum, [, bytes]) => sum + bytes.byteLength, size);
  // Files that code made (the sample) are not counted: the limit is for what is written here.
  const made = others
    .filter(([one]) => BINARY.test(one))
    .reduce((sum, [, bytes]) => sum + bytes.byteLength, 0);
  if (others.length + 1 > MOST_FILES || total - made > MOST_BYTES)
    return teach({
      expected: `at most ${MOST_FILES} files and ${MOST_BYTES} bytes in this step`,
      got: `${others.length + 1} files, ${total - made} bytes`,
      next: "write less, or remove what is not needed with file_remove",
    });
  return null;
};
