import { z } from "zod";
import { HIDDEN_CHARACTER } from "../../checks/no-untrusted-markup.ts";
import { Resolution } from "../../engine/command.ts";
import { suspicionsIn } from "../suspicious.ts";
import { said, teach } from "./answer.ts";
import { defineTool, type Submission, type ToolAnswer, type ToolContext } from "./tool.ts";

const Line = z.string().min(1).max(600);

const Input = z.strictObject({
  summary: z.strictObject({
    /** What was decided, one sentence each. */
    decided: z.array(Line).min(1).max(30),
    why: z.string().min(1).max(2000),
    risks: z.array(Line).max(20),
    openQuestions: z.array(z.strictObject({ question: Line, assumed: Line })).max(20),
  }),
  resolutions: z
    .array(
      z.strictObject({
        commentId: z.string(),
        status: z.enum(["done", "partly", "declined"]),
        how: z.string().min(1).max(2000),
        files: z.array(z.string()).max(60),
      }),
    )
    .max(100),
});

const NEXT = "submit again with that mended";

const badResolutions = (
  resolutions: Submission["resolutions"],
  { comments }: Pick<ToolContext, "comments">,
): ToolAnswer | null => {
  const ids = comments.map(({ id }) => id);
  const given = resolutions.map(({ commentId }) => commentId);
  const invented = given.filter((id) => !ids.includes(id));
  const missing = ids.filter((id) => !given.includes(id));
  const doubled = given.filter((id, at) => given.indexOf(id) !== at);
  if (invented.length + missing.length + doubled.length > 0)
    return teach({
      expected:
        ids.length === 0
          ? "no resolutions: there are no comments"
          : `one resolution for each of ${ids.join(", ")}`,
      got: `missing: ${missing.join(", ") || "none"}; not there: ${invented.join(", ") || "none"}; twice: ${doubled.join(", ") || "none"}`,
      next: NEXT,
    });
  const declined = resolutions.find(
    ({ commentId, status }) =>
      status === "declined" &&
      comments.some(({ id, severity }) => id === commentId && severity === "must"),
  );
  return declined === undefined
    ? null
    : teach({
        expected: `"done" or "partly" for ${declined.commentId}, which must be acted on`,
        got: "declined",
        next: 'act on it, or say "partly" and what is left',
      });
};

const badWords = ({ resolutions, summary }: Submission): ToolAnswer | null => {
  const text = [
    ...summary.decided,
    summary.why,
    ...summary.risks,
    ...summary.openQuestions.flatMap(({ assumed, question }) => [question, assumed]),
    ...resolutions.map(({ how }) => how),
  ].join("\n");
  const [found] = suspicionsIn(text, new Set());
  if (found !== undefined)
    return teach({
      expected:
        "what you decided and why. Only people approve; a summary calls nobody and names no address",
      got: `${found.rule}: "${found.words}"`,
      next: NEXT,
    });
  return HIDDEN_CHARACTER.test(text)
    ? teach({ expected: "text without hidden characters", got: "one in the summary", next: NEXT })
    : null;
};

/** Hands the files in with a summary for people. Ends the attempt when everything holds. */
export const submit = defineTool({
  name: "submit",
  description:
    "Hand in your files as they are, with a summary for people and one resolution for each comment. Submitting the draft unchanged is valid. The checks run and the result is compared with the draft: what falls short comes back as findings.",
  reads: false,
  strict: true,
  input: Input,
  run: async (input, context) => {
    const resolutions = input.resolutions.map((one) => Resolution.safeParse(one));
    const bad = badResolutions(input.resolutions, context);
    if (bad !== null) return bad;
    if (resolutions.some(({ success }) => !success))
      return teach({
        expected: "comment ids and paths as they were given",
        got: "others",
        next: NEXT,
      });
    const submission: Submission = {
      summary: input.summary,
      resolutions: resolutions.flatMap(({ data }) => data ?? []),
    };
    const words = badWords(submission);
    return words ?? { ...said("Submitted."), submission };
  },
});
