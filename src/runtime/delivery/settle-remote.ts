import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { WorkspaceConfig } from "../../spec/config.ts";
import { parseRemote } from "../../spec/remote.ts";
import type { PipelineSpec } from "../../spec/spec.ts";

// Pushing copies everything that was built to wherever the address points, so a model that read untrusted data may not choose
// it, and a path on this machine is for people who have a terminal on it.
const refuse = (remote: string, actor: Actor): void => {
  if (actor.model)
    throw new UserInputError("PEOPLE_ONLY", "an assistant may not choose where a repository goes", {
      next: "leave remote out; a person gives it, or mlpipeline.yml does for all pipelines",
    });
  const read = parseRemote(remote);
  if (actor.via !== "cli" && typeof read !== "string" && read.kind === "path")
    throw new UserInputError("REMOTE_IS_A_PATH", "a remote on this machine's disk was given", {
      expected: "an https:// or ssh:// address",
      got: remote,
      next: "give an address, or start the run in a terminal",
    });
};

/** The spec with the remote that holds for it: the one asked for, else the workspace's. UserInputError PEOPLE_ONLY, REMOTE_IS_A_PATH. */
export const settleRemote = (
  spec: PipelineSpec,
  asked: { readonly remote?: string | null; readonly branch?: string },
  defaults: WorkspaceConfig["repository"],
  actor: Actor,
): PipelineSpec => {
  if (asked.remote) refuse(asked.remote, actor);
  const remote =
    asked.remote === undefined
      ? (defaults.remote?.replaceAll("{pipeline}", spec.pipeline.name) ?? null)
      : asked.remote;
  return { ...spec, repository: { remote, branch: asked.branch ?? defaults.branch } };
};
