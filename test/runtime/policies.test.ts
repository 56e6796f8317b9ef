import { describe, expect, test } from "vitest";
import { resolvePolicies } from "../../src/runtime/policies.ts";
import { mergePolicy } from "../../src/runtime/workspace/policy-settings.ts";
import { Policy, PolicyRules } from "../../src/spec/config.ts";
import type { PersonRow } from "../../src/store/rows.ts";

const person = (id: string, ...roles: string[]): PersonRow => ({
  id,
  name: id,
  roles,
  active: true,
  source: "file",
});
const TEAM = [person("ana", "approver"), person("bo", "approver"), person("cy")];
const HOUR = 3_600_000;

const resolve = (policy: unknown, people = TEAM, spec?: unknown) =>
  resolvePolicies(
    Policy.parse(policy),
    people,
    "ana",
    spec === undefined ? undefined : PolicyRules.parse(spec),
  );

describe("the policy in force", () => {
  test("the more specific level wins a field, and levels of deliverables add up", () => {
    const found = resolve({
      default: { roles: ["approver"], quorum: 1, deadline: "12h", min_level: { data: "executed" } },
      phases: { 3: { quorum: 2, min_level: { tests: "compiled" } } },
    });
    expect(found["phase.3"]).toMatchObject({
      roles: ["approver"],
      quorum: 2,
      deadlineMs: 12 * HOUR,
      minLevel: { training: "executed", tests: "compiled", data: "executed", else: "parsed" },
    });
    expect(found["phase.1"]).toMatchObject({ quorum: 1, minLevel: { tests: "executed" } });
  });

  test("what reaches production is of the environment prod and asks two people where two may decide", () => {
    const found = resolve({ default: { roles: ["approver"] } });
    expect(found["release.promote"]).toMatchObject({ environment: "prod", quorum: 2 });
    expect(found["release.rollback"]).toEqual(found["release.promote"]);
    expect(found.release).toMatchObject({ environment: null, quorum: 1 });
    expect(resolve({})["release.promote"]).toMatchObject({ environment: "prod", quorum: 1 });
  });

  test("the environment's own rules win over those of the kind", () => {
    const found = resolve({
      default: { roles: ["approver"] },
      kinds: { release: { deadline: "2h", risk: "high" } },
      environments: { prod: { quorum: 1, deadline: "1h", unattested: "allow" } },
    });
    expect(found["release.promote"]).toMatchObject({
      quorum: 1,
      deadlineMs: HOUR,
      risk: "high",
      unattested: "allow",
    });
    expect(found.release).toMatchObject({ deadlineMs: 2 * HOUR, unattested: "deny" });
  });

  test("a pipeline's own spec tightens every level and loosens none", () => {
    const file = { default: { roles: ["approver"], quorum: 1, deadline: "12h" } };
    const asked = { quorum: 2, deadline: "3d", unattested: "allow", self_approval: true };
    const found = resolve(file, TEAM, asked);
    expect(found["phase.2"]).toMatchObject({
      quorum: 2,
      deadlineMs: 12 * HOUR,
      unattested: "deny",
      selfApproval: false,
    });
    expect(found["phase.2"]?.version).not.toBe(resolve(file)["phase.2"]?.version);
  });

  test("self-approval is allowed only while one person is configured", () => {
    expect(resolve({}, [person("ana")])["phase.1"]?.selfApproval).toBe(true);
    expect(resolve({})["phase.1"]?.selfApproval).toBe(false);
  });
});

describe("what commands add", () => {
  test("holds where the file is silent, and nowhere it speaks, not even at a more specific level", () => {
    const file = Policy.parse({ default: { quorum: 2 }, kinds: { release: { risk: "high" } } });
    const merged = mergePolicy(file, {
      default: { quorum: 1, deadline: HOUR },
      phases: { 3: { quorum: 1, people: ["ana"] } },
      kinds: { budget: { people: ["bo"] } },
      environments: { prod: { risk: "low", quorum: 1, people: ["cy"] } },
    });
    expect(merged).toEqual({
      default: { quorum: 2, deadline: HOUR },
      phases: { 1: {}, 2: {}, 3: { people: ["ana"] }, 4: {} },
      kinds: { budget: { people: ["bo"] }, release: { risk: "high" } },
      environments: { prod: { people: ["cy"] } },
    });
  });

  test("something unreadable in the store counts as nothing said", () => {
    const file = Policy.parse({ default: { quorum: 2 } });
    expect(mergePolicy(file, "broken").default).toEqual({ quorum: 2 });
    expect(mergePolicy(file, null).default).toEqual({ quorum: 2 });
  });
});
