import {
  answerTo,
  call,
  conversationOf,
  reply,
  SUMMARY,
  turnOf,
} from "../support/fake-anthropic/scripts.ts";
import type { Script, WireRequest } from "../support/fake-anthropic/wire.ts";
import type { EvalCase } from "./cases.ts";

/** What a good specialist changes for each request, as [old, new] of one edit. */
const EDITS: Readonly<Record<string, (document: string) => readonly [string, string]>> = {
  "limits-section": () => ["rows ", "## Known limits\n\nOnly what was measured.\n\nrows "],
  "name-the-target": () => ["rows ", "Target: Effect Amount of damage\n\nrows "],
  "leaks-in-words": () => ["rows ", "Cost Repair is left out: it leaks the target.\n\nrows "],
  "owner-line": () => ["rows ", "Owner: to be named\n\nrows "],
  "review-date": () => ["rows ", "Review: every 90 days\n\nrows "],
  "question-list": () => ["rows ", "## Open questions\n\n- Who owns the data?\n\nrows "],
  "table-of-excluded": () => [
    "rows ",
    "| Column | Reason |\n| --- | --- |\n| Cost Repair | leaks the target |\n\nrows ",
  ],
  "split-note": () => ["rows ", "Split: by the date of the flight\n\nrows "],
  "better-title": (document) => [
    /# features of [\w-]+/.exec(document)?.[0] ?? "# ",
    "# Features, reviewed",
  ],
  "leave-the-row-count": (document) => {
    const line = /rows \d+/.exec(document)?.[0] ?? "rows ";
    return [line, `${line}\nRows were counted once, when the run started.`];
  },
};

/** The document as file_read gave it: lines without their numbers. */
const documentIn = (answer: string): string =>
  answer.replaceAll("\\\\n", "\n").replaceAll("\\n", "\n");

// Prompts hold comments as JSON in JSON: without its signs the words are the same on both sides.
const unquoted = (text: string): string => text.replace(/[\\"]/g, "");

const commentId = ({ messages }: WireRequest): string =>
  /\\"id\\":\\"([0-9A-HJKMNP-TV-Z]{26})\\"/.exec(JSON.stringify(messages[0]))?.[1] ?? "";

/** Answers the requests of `cases` by real calls, whichever case the prompt is about; anybody else hands in the draft. */
export const scripted =
  (cases: readonly Pick<EvalCase, "id" | "file" | "ask">[]): Script =>
  (request) => {
    const [turn, name] = [turnOf(request), conversationOf(request)];
    const id = (at: number) => `toolu_${name}_${at}`;
    const prompt = unquoted(JSON.stringify(request.messages[0]));
    const one = cases.find(({ ask }) => prompt.includes(unquoted(ask)));
    const comment = commentId(request);
    const edit = one === undefined || comment === "" ? undefined : EDITS[one.id];
    const submit = (files: readonly string[]) =>
      call(id(turn), "submit", {
        summary: SUMMARY,
        resolutions:
          comment === ""
            ? []
            : [{ commentId: comment, status: "done", how: "written as asked", files }],
      });
    if (one === undefined || edit === undefined) return reply(submit([]));
    if (turn === 0) return reply(call(id(0), "file_read", { path: one.file }));
    if (turn === 1) {
      const read = answerTo(request, id(0));
      const sha = /"?sha"?\\*"?:\s*\\*"([0-9a-f]{16})/.exec(read)?.[1] ?? "";
      const [old, now] = edit(documentIn(read));
      return reply(call(id(1), "file_edit", { path: one.file, sha, edits: [{ old, new: now }] }));
    }
    return turn === 2 ? reply(call(id(2), "check_run", {})) : reply(submit([one.file]));
  };
