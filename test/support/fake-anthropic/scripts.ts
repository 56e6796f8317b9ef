import type {
  BetaContentBlock,
  BetaToolUseBlock,
} from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type { Script, Scripted, WireRequest } from "./wire.ts";

/** A call of a tool, with an id of its own. */
export const call = (id: string, name: string, input: object): BetaToolUseBlock => ({
  type: "tool_use",
  id,
  name,
  input,
});

export const says = (text: string): BetaContentBlock => ({ type: "text", text, citations: null });

export const thinks = (thinking: string, signature: string): BetaContentBlock => ({
  type: "thinking",
  thinking,
  signature,
});

export const reply = (...content: readonly BetaContentBlock[]): Scripted => ({
  kind: "reply",
  content,
});

export const SUMMARY = {
  decided: ["the draft fits this dataset"],
  why: "the facts say so",
  risks: [],
  openQuestions: [{ question: "Who owns the data?", assumed: "the team that asked" }],
};

/** How many answers of ours a request holds: the turn of its conversation, from 0. */
export const turnOf = ({ messages }: WireRequest): number =>
  messages.filter(({ role }) => role === "assistant").length;

/** Names a conversation by how it began, so that ids and signatures do not meet. */
export const conversationOf = ({ messages, system }: WireRequest): string => {
  const text = JSON.stringify([system, messages[0]]);
  let sum = 0;
  for (const sign of text) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 0xffffffff;
  return sum.toString(36);
};

/** Comment ids in a request, to answer each. */
const commentIds = (request: WireRequest): readonly string[] => {
  const text = JSON.stringify(request.messages[0]);
  return [...text.matchAll(/\\"id\\":\\"([0-9A-HJKMNP-TV-Z]{26})\\"/g)].map(([, id]) => id ?? "");
};

const draftPaths = (request: WireRequest): readonly string[] =>
  [...JSON.stringify(request.messages[0]).matchAll(/\\n(docs\/[\w-]+\.md) \d+ /g)].map(
    ([, path]) => path ?? "",
  );

/** The text of a tool's answer in the newest message. */
export const answerTo = ({ messages }: WireRequest, id: string): string => {
  for (const message of messages.toReversed()) {
    if (typeof message.content === "string") continue;
    for (const block of message.content ?? [])
      if (block.type === "tool_result" && block.tool_use_id === id)
        return JSON.stringify(block.content);
  }
  return "";
};

/**
 * A good specialist: it looks at the facts and its files, adds a note to a document of its own, runs the checks and submits. All by
 * real calls.
 */
export const excellent: Script = (request) => {
  const turn = turnOf(request);
  const name = conversationOf(request);
  const id = (part: string) => `toolu_${name}_${turn}_${part}`;
  const document = draftPaths(request).find(
    (path) => path.startsWith("docs/") && path.endsWith(".md"),
  );
  const thought = thinks("Looking at the draft.", `sig_${name}_${turn}`);
  switch (turn) {
    case 0:
      return reply(
        thought,
        call(id("list"), "files_list", {}),
        call(id("facts"), "facts_get", { name: "target" }),
      );
    case 1:
      return document === undefined
        ? reply(thought, call(id("checks"), "check_run", {}))
        : reply(thought, call(id("read"), "file_read", { path: document }));
    case 2: {
      const sha = /"?sha"?\\*"?:\s*\\*"([0-9a-f]{16})/.exec(
        answerTo(request, `toolu_${name}_1_read`),
      )?.[1];
      return sha === undefined || document === undefined
        ? reply(thought, call(id("checks"), "check_run", {}))
        : reply(
            thought,
            call(id("edit"), "file_edit", {
              path: document,
              sha,
              edits: [{ old: "# ", new: "<!-- reviewed -->\n# " }],
            }),
          );
    }
    case 3:
      return reply(thought, call(id("checks"), "check_run", {}));
    default:
      return reply(
        thought,
        call(id("submit"), "submit", {
          summary: SUMMARY,
          resolutions: commentIds(request).map((commentId) => ({
            commentId,
            status: "partly",
            how: "looked at it",
            files: [],
          })),
        }),
      );
  }
};

/** Hands the draft in as it is. */
export const lazy: Script = (request) =>
  reply(
    call(`toolu_${conversationOf(request)}_${turnOf(request)}`, "submit", {
      summary: SUMMARY,
      resolutions: [],
    }),
  );

/** Looks once, writes once and hands in: the fewest turns that pass every point of the loop. */
export const brisk: Script = (request) => {
  const [turn, name] = [turnOf(request), conversationOf(request)];
  const id = `toolu_${name}_${turn}`;
  return turn === 0
    ? reply(call(id, "files_list", {}))
    : reply(call(id, "submit", { summary: SUMMARY, resolutions: [] }));
};

/** Talks and never calls a tool. */
export const chatty: Script = (request) => reply(says(`I could do that, turn ${turnOf(request)}.`));

/** Makes the same call for ever. */
export const looping: Script = (request) =>
  reply(
    call(`toolu_${conversationOf(request)}_${turnOf(request)}`, "facts_get", { name: "target" }),
  );

/** Uses up whatever it is given. */
export const overBudget: Script = (request) => ({
  kind: "reply",
  content: [
    call(`toolu_${conversationOf(request)}_${turnOf(request)}`, "files_list", {
      prefix: `${turnOf(request)}`,
    }),
  ],
  outputTokens: request.max_tokens,
});
