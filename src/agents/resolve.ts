import type { Comment, Resolution } from "../engine/command.ts";
import { COMMENT_GRAMMAR, understandComment } from "../spec/comment-grammar.ts";

const MAX_FILES = 20; // a resolution names the files a person would look at, not a whole rerun

/**
 * How each open comment was answered without a language model. `settled` are the comments that a change of the spec took up,
 * `changed` the files whose bytes differ from the attempt before. A comment that cannot be acted on is answered "partly",
 * says so and what would be understood, and so stays open for people.
 */
export const resolveComments = (
  comments: readonly Comment[],
  settled: readonly string[],
  changed: readonly string[],
): readonly Resolution[] =>
  comments.map((comment): Resolution => {
    if (settled.includes(comment.id)) {
      const files = changed.slice(0, MAX_FILES);
      const how =
        files.length > 0
          ? `The spec was changed as asked; ${changed.length} of this specialist's files follow from it.`
          : "The spec was changed as asked; none of this specialist's files depends on it.";
      return { commentId: comment.id, status: "done", how, files };
    }
    const asked = understandComment(comment.text) ? "The spec already says so." : "";
    const how =
      asked ||
      `Not acted on: without a language model only these sentences are understood: ${COMMENT_GRAMMAR.join(" · ")}. The comment stays open.`;
    return { commentId: comment.id, status: asked ? "done" : "partly", how, files: [] };
  });
