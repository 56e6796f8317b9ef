import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quotaOf } from "../../../src/agents/plans/kubernetes-architect/capacity.ts";
import {
  onlineStoreOf,
  volumesOf,
} from "../../../src/agents/plans/kubernetes-architect/storage.ts";
import { planKubernetesArchitect } from "../../../src/agents/plans/kubernetes-architect.ts";
import { servingOf, trainingOf } from "../../../src/agents/plans/mlops-engineer/sizing.ts";
import { measuredFacts, servingInput } from "./serving-input.ts";

const GIB = 2 ** 30;
const leftOut = (input: ReturnType<typeof servingInput>) =>
  new Map(planKubernetesArchitect(input).leftOut.map((item) => [item.part, item]));

describe("the quota", () => {
  test("it holds what all kinds of work may ask for at once", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 3000, noNaN: true }), (rps) => {
        const { facts, spec } = servingInput(
          {},
          { load: { rpsMean: rps, rpsPeak: 3 * rps, batchRowsPerDay: 1, from: "spec" } },
        );
        const quota = quotaOf(servingOf(facts, spec), trainingOf(facts), true);
        const cpu = quota.claims.reduce((sum, claim) => sum + claim.replicas * claim.cpuM, 0);
        expect(quota.cpuM).toBeGreaterThanOrEqual(cpu);
        expect(quota.pods).toBeGreaterThan(
          quota.claims.reduce((sum, claim) => sum + claim.replicas, 0),
        );
      }),
    );
  });

  test("serving stands above batch, batch above training, training above tuning", () => {
    const { facts, spec } = servingInput();
    const { claims } = quotaOf(servingOf(facts, spec), trainingOf(facts), true);
    expect(claims.map(({ kind }) => kind)).toEqual(["serving", "batch", "training", "tuning"]);
    expect(claims.map(({ priority }) => priority)).toEqual([4000, 3000, 2000, 1000]);
  });
});

describe("volumes", () => {
  test("the training volume holds bytes times growth times kept versions times layers", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 12 }),
        fc.double({ min: -1, max: 3, noNaN: true }),
        (bytes, growthPerYear) => {
          const { facts, spec } = servingInput(
            {},
            {
              snapshot: { ...measuredFacts.snapshot, bytes },
              arrival: { ...measuredFacts.arrival, growthPerYear },
            },
          );
          const needed = bytes * (1 + Math.max(0, growthPerYear)) * 12 * 3;
          expect(volumesOf(facts, spec).trainingGi * GIB).toBeGreaterThan(needed);
        },
      ),
    );
  });

  test("without an entity key there is no online store; with one its memory holds all keys", () => {
    const without = { ...measuredFacts, keys: { ...measuredFacts.keys, entity: [] } };
    expect(onlineStoreOf(without)).toBeNull();
    const column = measuredFacts.profile.columns[0];
    const withKey = {
      ...measuredFacts,
      keys: { ...measuredFacts.keys, entity: [column?.name ?? ""] },
    };
    const store = onlineStoreOf(withKey);
    expect(store?.keys).toBe(column?.distinct);
    expect((store?.memoryMb ?? 0) * 1e6).toBeGreaterThanOrEqual(
      (store?.keys ?? 0) * (store?.rowBytes ?? 0),
    );
  });
});

describe("the plan", () => {
  test("a cache is off with the share of repeated rows as its reason", () => {
    const input = servingInput(
      {},
      { profile: { ...measuredFacts.profile, rows: 1000, duplicateRows: 7 } },
    );
    expect(leftOut(input).get("cluster-storage.inference-cache")?.why).toContain("0.7 %");
  });

  test("a cache that could pay is said to wait, never to be useless", () => {
    const input = servingInput(
      {},
      { profile: { ...measuredFacts.profile, rows: 1000, duplicateRows: 400 } },
    );
    expect(leftOut(input).get("cluster-storage.inference-cache")?.why).toContain("could pay");
  });

  test("scaling by a queue is left out in realtime because there is no queue", () => {
    expect(leftOut(servingInput()).get("scaling.keda")?.why).toContain("no queue");
    const streaming = servingInput({ options: { deployment_mode: "streaming" } });
    expect(leftOut(streaming).get("scaling.keda")?.why).toContain("later release");
  });

  test("batch mode leaves out everything that scales an online service", () => {
    const parts = leftOut(servingInput({ options: { deployment_mode: "batch" } }));
    expect([...parts.keys()]).toEqual(
      expect.arrayContaining(["scaling.hpa-vpa", "scaling.mesh", "scaling.warmup", "scaling.keda"]),
    );
  });

  test("without a mesh and without a known cloud, what is missing says what happens instead", () => {
    const parts = leftOut(
      servingInput({ choices: { mesh: "none" }, options: { cloud_provider: "gcp" } }),
    );
    expect(parts.get("scaling.mesh")?.why).toContain("alias");
    expect(parts.get("cluster-storage.artifacts")?.why).toContain("gcp");
    expect(leftOut(servingInput()).has("scaling.mesh")).toBe(false);
  });

  test("processors only is decided with its reason", () => {
    const { decisions } = planKubernetesArchitect(servingInput());
    expect(decisions[0]?.decided).toContain("CPU only");
    expect(decisions[0]?.why).toContain("scikit-learn");
  });
});
