import type { CommandBody, FileEntry } from "../engine/command.ts";
import type { Context } from "../engine/context.ts";
import type { RunState } from "../engine/state.ts";
import type { PolicyRules } from "../spec/config.ts";
import type { Loaded } from "../store/port.ts";
import type { Json } from "../store/rows.ts";
import { carriedIn } from "./carried-in.ts";
import type { RuntimeDeps } from "./deps.ts";
import { OWNER_SETTING } from "./people.ts";
import { resolvePolicies } from "./policies.ts";
import { slackIn } from "./slack-on.ts";
import { peopleWithGroups } from "./workspace/groups.ts";
import { policyIn } from "./workspace/set-policy.ts";

/** Manifests that a decision may need: of every step's last work, and of the attempt that is being checked. */
const manifestHashes = (state: RunState): readonly string[] => {
  const ofSteps = Object.values(state.steps).flatMap((step) => [
    step.manifestHash,
    step.acceptedHash,
  ]);
  const ofAttempts = Object.values(state.attempts).map((attempt) => attempt.manifestHash);
  return [...new Set([...ofSteps, ...ofAttempts])].filter((hash) => hash !== null);
};

/** What a pipeline's own spec says about its policy; it was parsed when it came in. */
export const specPolicy = (spec: Json | undefined): PolicyRules | undefined => {
  const policy = (spec as { readonly policy?: PolicyRules } | null | undefined)?.policy;
  return policy ?? undefined;
};

/**
 * Reads, in the transaction of the command, what the engine's decision needs besides the run's own log. `newSpec` is the spec of a
 * pipeline that this very command writes.
 */
export const createReadContext = (
  deps: Pick<RuntimeDeps, "config" | "slackConfigured" | "clock">,
  inputHashes: (specHash: string) => Readonly<Record<string, string>>,
) => {
  return (loaded: Loaded, body: CommandBody, newSpec?: Json): Context => {
    const people = peopleWithGroups(loaded.reads, deps.clock.nowMs()).filter(
      (person) => person.active,
    );
    const specHash =
      body.type === "ChangeSpec" || body.type === "StartRun"
        ? body.specHash
        : loaded.state.specHash;
    const manifests: Record<string, readonly FileEntry[]> = {};
    for (const hash of manifestHashes(loaded.state)) {
      const row = loaded.reads.manifest(hash);
      if (row) manifests[hash] = row.files;
    }
    return {
      policies: resolvePolicies(
        policyIn(deps, loaded),
        people,
        loaded.reads.setting(OWNER_SETTING),
        specPolicy(newSpec ?? loaded.reads.pipeline(loaded.state.pipelineId)?.spec),
      ),
      people: people.map((person) => ({ id: person.id, roles: person.roles })),
      slackConfigured: slackIn(deps, loaded),
      inputHashes: inputHashes(specHash),
      manifests,
      carried: carriedIn(loaded),
      parent:
        body.type === "StartRun" && body.fork !== undefined
          ? loaded.reads.state(body.fork.runId)
          : null,
    };
  };
};
