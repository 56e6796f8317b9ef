import type { Serving, TrainingSize } from "../mlops-engineer/sizing.ts";
import { roundUp } from "../mlops-engineer/sizing.ts";

/** Room above the sum of all requests, for a rolling update's extra pod and small helpers. */
const HEADROOM = 1.25;

/** A kind of work with its place in the order of importance and what it may ask for at most. */
export interface Claim {
  readonly kind: "serving" | "batch" | "training" | "tuning";
  readonly priority: number;
  readonly replicas: number;
  readonly cpuM: number;
  readonly memoryMb: number;
}

export interface Quota {
  readonly claims: readonly Claim[];
  readonly cpuM: number;
  readonly memoryMb: number;
  readonly pods: number;
  readonly formula: string;
}

/** Most that each kind of work asks for at once, in order of importance, and the quota that holds it. Never throws. */
export const quotaOf = (serving: Serving, training: TrainingSize, online: boolean): Quota => {
  const prod = serving.environments.find(({ name }) => name === "prod");
  const job = { replicas: 1, cpuM: training.cpus * 1000, memoryMb: training.memoryRequestMb };
  const claims: readonly Claim[] = [
    ...(online
      ? [
          {
            kind: "serving" as const,
            priority: 4000,
            // One more for the candidate of a rollout.
            replicas: (prod?.maxReplicas ?? 1) + 1,
            cpuM: serving.cpuRequestM,
            memoryMb: serving.memoryRequestMb,
          },
        ]
      : []),
    {
      kind: "batch",
      priority: 3000,
      replicas: 1,
      cpuM: serving.cpuRequestM,
      memoryMb: serving.memoryRequestMb,
    },
    { kind: "training", priority: 2000, ...job },
    { kind: "tuning", priority: 1000, ...job },
  ];
  const sum = (of: (claim: Claim) => number): number =>
    claims.reduce((total, claim) => total + claim.replicas * of(claim), 0);
  return {
    claims,
    cpuM: roundUp(sum(({ cpuM }) => cpuM) * HEADROOM, 500),
    memoryMb: roundUp(sum(({ memoryMb }) => memoryMb) * HEADROOM, 256),
    pods: sum(() => 1) + 10,
    formula: `${HEADROOM} x (${claims.map(({ kind, replicas, cpuM, memoryMb }) => `${kind} ${replicas} x ${cpuM}m/${memoryMb} MB`).join(" + ")})`,
  };
};
