import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { covers } from "../../src/engine/distinct-roles.ts";
import { belowLevel } from "../../src/engine/levels.ts";
import { resolvePolicy, tightenPolicy } from "../../src/engine/resolve-policy.ts";
import {
  countsAs,
  eligible,
  ownerPolicy,
  quorumReachable,
  riskOf,
} from "../../src/engine/voting.ts";
import { context, PEOPLE, policy, startedRun } from "../support/engine-builders.ts";

describe("resolving", () => {
  test("the later level wins a field and keeps the levels of other deliverables", () => {
    const found = resolvePolicy(policy({ minLevel: { else: "parsed", tests: "executed" } }), [
      { quorum: 2, minLevel: { training: "executed" } },
      { quorum: 3 },
    ]);
    expect(found).toMatchObject({
      quorum: 3,
      minLevel: { else: "parsed", tests: "executed", training: "executed" },
    });
  });

  test("a spec may only tighten", () => {
    const strict = policy({
      quorum: 2,
      risk: "medium",
      selfApproval: false,
      people: ["ann"],
      minLevel: { else: "parsed", tests: "executed" },
    });
    expect(
      tightenPolicy(strict, {
        quorum: 1,
        risk: "low",
        selfApproval: true,
        assistantForms: true,
        people: ["eve"],
        roles: ["anyone"],
        minLevel: { else: "unverified", tests: "parsed" },
        deadlineMs: 1e12,
        unattested: "allow",
        escalateTo: [["eve"]],
      }),
    ).toEqual(strict);
    expect(
      tightenPolicy(policy({ people: ["ann", "bob"], roles: [] }), {
        quorum: 2,
        risk: "high",
        people: ["bob"],
        minLevel: { tests: "executed" },
      }),
    ).toMatchObject({
      quorum: 2,
      risk: "high",
      people: ["bob"],
      minLevel: { else: "parsed", tests: "executed" },
    });
  });
});

describe("who may vote", () => {
  test.each([
    ["a role", { roles: ["approver"] }, 0, ["ann", "bob"]],
    ["a person", { roles: [], people: ["bob"] }, 0, ["bob"]],
    ["nobody named: the owner alone", { roles: [] }, 0, ["owner"]],
    ["nobody named and no owner", { roles: [], owner: "" }, 0, []],
    ["level 1", { escalateTo: [["owner"], ["starter"]] }, 1, ["ann", "bob", "owner"]],
    [
      "level 2 keeps level 1",
      { escalateTo: [["owner"], ["starter"]] },
      2,
      ["ann", "bob", "owner", "starter"],
    ],
  ])("%s", (_case, change, level, expected) => {
    expect(eligible(policy(change), level, PEOPLE)).toEqual(expected);
  });

  test("without a policy nobody but the owner", () => {
    expect(eligible(ownerPolicy(context()), 0, PEOPLE)).toEqual(["owner"]);
  });
});

test.each([
  ["handoff", 1, null, "low"],
  ["handoff", 2, null, "medium"],
  ["handoff", 3, null, "high"],
  ["budget", null, null, "medium"],
  ["release", null, null, "high"],
  ["handoff", 1, "high", "high"],
  ["handoff", 3, "low", "high"],
] as const)(
  "risk of a %s of phase %s under policy risk %s is %s",
  (kind, phase, risk, expected) => {
    expect(riskOf(policy({ risk }), kind, phase)).toBe(expected);
  },
);

test.each([
  ["slack", true, {}, true],
  ["code", true, { environment: "prod" }, true],
  ["client", true, {}, false],
  ["none", true, {}, false],
  ["none", true, { roles: [] }, true],
  ["none", true, { roles: [], environment: "prod", unattested: "allow" }, false],
  ["none", false, {}, true],
  ["client", false, {}, true],
  ["client", false, { environment: "prod" }, false],
  ["client", false, { environment: "prod", unattested: "allow" }, true],
] as const)("a %s vote with Slack %s under %o counts: %s", (attested, slack, change, counts) => {
  expect(countsAs(policy(change), attested, slack)).toBe(counts);
});

test("distinct roles are covered exactly as well as trying every assignment finds", () => {
  const roles = ["a", "b", "c"];
  const some = fc.array(fc.subarray(roles), { maxLength: 5 });
  const best = (all: readonly (readonly string[])[], used: readonly string[] = []): number => {
    const [first, ...rest] = all;
    if (first === undefined) return 0;
    const taken = first
      .filter((role) => !used.includes(role))
      .map((role) => 1 + best(rest, [...used, role]));
    return Math.max(best(rest, used), ...taken);
  };
  fc.assert(
    fc.property(some, (all) => {
      const people = all.map((own, index) => ({ id: `p${index}`, roles: own }));
      expect(
        covers(
          people.map((one) => one.id),
          roles,
          people,
        ),
      ).toBe(best(all));
    }),
  );
});

test("a voter more never makes a quorum unreachable", () => {
  fc.assert(
    fc.property(fc.nat(3), fc.boolean(), (quorum, distinctRoles) => {
      const some = policy({ quorum: quorum + 1, distinctRoles, roles: ["approver", "lead"] });
      const more = [...PEOPLE, { id: "eve", roles: ["lead"] }];
      const before = quorumReachable(some, ["starter"], context());
      const after = quorumReachable(some, ["starter"], context({ people: more }));
      expect(!before || after).toBe(true);
    }),
  );
});

test("a deliverable that the policy names and nothing delivered is below the level, one that was left out is not", () => {
  const run = startedRun();
  run.claim("data-engineer");
  run.submit("data-engineer");
  run.check("data-engineer", { levels: {} });
  expect(belowLevel(policy({ minLevel: { else: "parsed" } }), run.state(), 1)).toEqual([]);
  expect(belowLevel(policy({ minLevel: { dataset: "parsed" } }), run.state(), 1)).toEqual([
    "dataset",
  ]);
});
