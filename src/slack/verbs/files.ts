import { UserInputError } from "../../lib/errors.ts";
import { deliverableRead } from "../../operations/deliverable-read.ts";
import { handoffFiles } from "../../operations/handoff-files.ts";
import { runCard } from "../../operations/run-card.ts";
import { say } from "../answer.ts";
import { type Asker, perform } from "../asker.ts";
import type { SlackDeps } from "../deps.ts";
import { parseRef } from "../messages.ts";
import type { Upload } from "../port.ts";
import { KEYS } from "../show/row.ts";
import { onlyKeys, targetOf, type Verb } from "./define.ts";
import { approvalIdOf } from "./show.ts";

const PAGE_CHARS = 20_000;
const MAX_PAGES = 50;

/** The files of a handoff as Slack takes them. */
export const handoffUploads = async (
  read: (approval: string) => Promise<{
    readonly files: readonly {
      readonly name: string;
      readonly title: string;
      readonly alt?: string | undefined;
      readonly base64: string;
    }[];
  }>,
  approval: string,
): Promise<readonly Upload[]> =>
  (await read(approval)).files
    .map(({ alt, base64, name, title }) => ({
      name,
      title,
      bytes: new Uint8Array(Buffer.from(base64, "base64")),
      ...(alt === undefined ? {} : { alt }),
    }))
    // Slack refuses an empty file.
    .filter((file) => file.bytes.byteLength > 0);

const handoffAnswer =
  (ending: RegExp, what: string): Verb =>
  async (deps, asker, parsed) => {
    onlyKeys(parsed, []);
    const approval = await approvalIdOf(deps, asker, targetOf(asker, parsed));
    const files = await handoffUploads(
      (id) => perform(deps, asker, handoffFiles, { approval: id }),
      approval,
    );
    const wanted = files.filter((file) => ending.test(file.name));
    if (wanted.length === 0) return say(`There is no ${what} for this handoff: nothing changed.`);
    return { kind: "files", files: wanted, comment: `Here is the ${what}.` };
  };

/** The report and the chart of a handoff, as files to the person alone. */
export const evidence = handoffAnswer(/\.(md|png)$/, "evidence");

/** The change of a handoff, as a file to the person alone. */
export const diff = handoffAnswer(/\.diff$/, "diff");

const wholeFile = async (
  deps: SlackDeps,
  asker: Asker,
  run_id: string,
  path: string,
): Promise<string> => {
  const parts: string[] = [];
  let offset: number | undefined = 0;
  for (let page = 0; page < MAX_PAGES && offset !== undefined; page++) {
    const read: { readonly text: string; readonly next_offset?: number | undefined } =
      await perform(deps, asker, deliverableRead, { run_id, path, offset, max_chars: PAGE_CHARS });
    parts.push(read.text);
    offset = read.next_offset;
  }
  return parts.join("");
};

/** `post <run> <file>`: puts a whole file into the run's thread, where everybody in the channel sees it. */
export const post: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const card = await perform(deps, asker, runCard, { run_id: targetOf(asker, parsed) });
  const path = parsed.words[1];
  if (path === undefined)
    throw new UserInputError("NO_FILE", "say which file: `post <run> <file>`");
  const text = await wholeFile(deps, asker, card.run_id, path);
  const thread = parseRef(await deps.messages.get(KEYS.run(card.run_id)));
  if (!thread)
    throw new UserInputError("NO_THREAD", `${card.run} is shown in no channel`, {
      next: `show ${card.run} ${path}`,
    });
  await deps.port.upload(
    { channel: thread.channel, threadTs: thread.ts },
    [{ name: path.split("/").at(-1) ?? "file.txt", title: path, bytes: Buffer.from(text, "utf8") }],
    `${path} of ${card.run}`,
  );
  return say(`Posted ${path} in the thread of ${card.run}.`);
};
