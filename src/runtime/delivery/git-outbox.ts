import type { RunEvent } from "../../engine/event.ts";
import type { OutboxWrite } from "../../store/port.ts";

/** The outbox target of the pipeline's remote, or of the bundle that stands in for it. */
export const GIT_TARGET = "git";

/** An approved phase that has its tag is delivered: one row per run, since a push brings everything that is recorded by then. */
export const gitOutboxOf = (runId: string, events: readonly RunEvent[]): readonly OutboxWrite[] => {
  const tagged = events.some(
    (event) => event.type === "RepoRecorded" && event.of.startsWith("phase."),
  );
  return tagged
    ? [
        {
          effectKey: `git/${runId}`,
          target: GIT_TARGET,
          lane: runId,
          kind: "push",
          body: { run_id: runId },
        },
      ]
    : [];
};
