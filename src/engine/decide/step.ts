import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { readyStep, settle } from "../flow.ts";

/** A person lets a blocked step try again, or takes its draft as it is. */
export const unblockStep = (draft: Draft, body: BodyOf<"UnblockStep">): Rejection | null => {
  if (draft.command.actor.person === null)
    return reject("PEOPLE_ONLY", "only a person unblocks a step");
  if (draft.command.actor.model && body.how === "use_draft")
    return reject("PEOPLE_ONLY", "only a person takes a draft as it is", ["how: retry"]);
  const step = draft.state().steps[body.stepKey];
  if (!step) return reject("UNKNOWN", `no step ${body.stepKey} in this run`, draft.state().order);
  if (step.status !== "blocked" || step.blockedOn?.on !== "person") {
    return reject("NOT_READY", `${body.stepKey} is ${step.status}, no person is needed`, [
      "pipeline_status",
    ]);
  }
  readyStep(draft, body.stepKey, { useDraft: body.how === "use_draft" });
  settle(draft);
  return null;
};
