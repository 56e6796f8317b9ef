import { z } from "zod";
import type { DeliveryLine } from "./ports.ts";

/** Where a run's work lies outside the home. `said` is the whole of it in sentences; what is not there has not happened. */
export const DeliveryShape = z.strictObject({
  said: z.string(),
  branch: z.string(),
  commit: z.string().optional(),
  tags: z.array(z.string()),
  remote: z.string().optional(),
  bundle: z.string().optional(),
  pull_request: z.string().optional(),
  problems: z.array(z.strictObject({ message: z.string(), next: z.string() })),
});

const SHORT = 12;

const placeOf = (line: DeliveryLine): string => {
  if (line.commit === null) return `${line.branch} is not delivered yet`;
  const tags = line.tags.length === 1 ? "1 tag" : `${line.tags.length} tags`;
  const where = line.bundle === null ? (line.remote ?? "the remote") : line.bundle;
  const kind = line.bundle === null ? "" : "git bundle ";
  return `${line.branch} is in ${kind}${where} at ${line.commit.slice(0, SHORT)} with ${tags}`;
};

const triesOf = (tries: number): string => (tries === 1 ? "once" : `${tries} times`);

const problemsOf = (line: DeliveryLine): readonly { message: string; next: string }[] => {
  const { fault, mainFault, requestFault } = line;
  return [
    ...(fault
      ? [
          {
            message: `not pushed (tried ${triesOf(fault.tries)}): ${fault.message}`,
            next: fault.next,
          },
        ]
      : []),
    ...(requestFault
      ? [{ message: `no pull request: ${requestFault.message}`, next: requestFault.next }]
      : []),
    ...(mainFault ? [{ message: mainFault.message, next: mainFault.next }] : []),
  ];
};

/** One run's delivery as every surface shows it. */
export const deliveryShape = (line: DeliveryLine): z.infer<typeof DeliveryShape> => {
  const problems = problemsOf(line);
  const request = line.pullRequest ? `; pull request ${line.pullRequest.url}` : "";
  const told = problems.map(({ message, next }) => ` ${message}. Next: ${next}.`).join("");
  return {
    said: `${placeOf(line)}${request}.${told}`,
    branch: line.branch,
    ...(line.commit === null ? {} : { commit: line.commit }),
    tags: [...line.tags],
    ...(line.remote === null ? {} : { remote: line.remote }),
    ...(line.bundle === null ? {} : { bundle: line.bundle }),
    ...(line.pullRequest === null ? {} : { pull_request: line.pullRequest.url }),
    problems: [...problems],
  };
};
