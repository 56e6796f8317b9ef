import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "../../src/engine/command.ts";
import { isProductError } from "../../src/lib/errors.ts";
import { createNewId } from "../../src/lib/id.ts";
import { syncPeople } from "../../src/runtime/people.ts";
import { createWorkspace } from "../../src/runtime/workspace/workspace.ts";
import { parseWorkspaceConfig } from "../../src/spec/config.ts";
import { openStore } from "../../src/store/open.ts";
import {
  awaiting,
  harness,
  policies,
  startBody,
  person as voter,
  workPhase,
} from "../support/engine-builders.ts";
import { MIGRATIONS, T0 } from "../support/store-world.ts";

const PEOPLE = ["owner", "ann", "bob"] as const;
const ACCOUNTS = ["T1/U1", "T1/U2", "T1/U3", "T1/U4", "T1/U5"] as const;
const CONFIG = parseWorkspaceConfig(
  `people:
  - {id: owner, name: Owner, slack: ["T1:U1"]}
  - {id: ann, name: Ann, roles: [approver]}
  - {id: bob, name: Bob, roles: [approver]}
policy: {owner: owner}
`,
  "test",
);

type Step =
  | { readonly do: "make"; readonly person: (typeof PEOPLE)[number] }
  | {
      readonly do: "type";
      readonly account: string;
      readonly code: number;
      readonly as: "link" | "claim";
    }
  | { readonly do: "tie" | "untie"; readonly person: string; readonly account: string };

const account = fc.constantFrom(...ACCOUNTS);
const who = fc.constantFrom(...PEOPLE);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("make" as const), person: who }),
  fc.record({
    do: fc.constant("type" as const),
    account,
    code: fc.nat(3),
    as: fc.constantFrom("link" as const, "claim" as const),
  }),
  fc.record({ do: fc.constantFrom("tie" as const, "untie" as const), person: who, account }),
);

/** The people behind the accounts after the steps, each step checked: no account changes hands without being untied first. */
const play = async (steps: readonly Step[]): Promise<ReadonlyMap<string, string>> => {
  const store = await openStore({ file: ":memory:", migrations: MIGRATIONS });
  const newId = createNewId(() => T0);
  const clock = { nowMs: () => T0, monotonicMs: () => 0 };
  const workspace = createWorkspace({ store, config: CONFIG, clock, newId, slackConfigured: true });
  await syncPeople(store, CONFIG, T0, newId);
  const owner: Actor = { person: "owner", via: "slack", ref: "T1/U1", model: false };
  const codes: string[] = [];
  const holder = async () =>
    new Map(
      (
        await Promise.all(
          ACCOUNTS.map(
            async (one) => [one, (await store.people.byIdentity("slack", one))?.id] as const,
          ),
        )
      ).flatMap(([one, id]) => (id === undefined ? [] : [[one, id] as const])),
    );
  const perform = async (one: Step): Promise<void> => {
    if (one.do === "make") {
      codes.push((await workspace.makeLinkCode(one.person, owner, newId())).code);
    } else if (one.do === "type") {
      const actor: Actor = { person: null, via: "slack", ref: one.account, model: false };
      await workspace.tie(codes[one.code] ?? "ABCD-EFGH-JKMN", one.as, actor, newId());
    } else {
      const place = [{ kind: "slack" as const, subject: one.account }];
      const change = one.do === "tie" ? { add: place, remove: [] } : { add: [], remove: place };
      await workspace.setPerson({ id: one.person, ...change }, owner, newId());
    }
  };
  try {
    for (const one of steps) {
      const before = await holder();
      await perform(one).catch((error: unknown) => {
        if (!isProductError(error) || error.kind !== "input") throw error;
      });
      const after = await holder();
      for (const [place, id] of before) {
        const now = after.get(place);
        if (now === undefined) expect(one.do).toBe("untie");
        else expect(now).toBe(id);
      }
    }
    expect((await store.verify(null)).map((verdict) => verdict.fault)).toEqual([null]);
    return await holder();
  } finally {
    store.close();
  }
};

test("however accounts are tied, an account is one person's, and each person votes once and never on a run of his own", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(account, { maxLength: 8 }),
      async (steps, clicks) => {
        const accounts = await play(steps);
        // Two must agree; everybody clicks with every account he has.
        const run = awaiting(1, { policies: policies({ roles: ["approver"], quorum: 2 }) });
        const [approval] = Object.values(run.state().approvals);
        for (const click of clicks) {
          const id = accounts.get(click);
          if (id === undefined) continue;
          run.send(
            {
              type: "CastVote",
              approvalId: approval?.approvalId ?? "",
              manifestHash: approval?.manifestHash ?? "",
              decision: "approve",
              comments: [],
              attested: "slack",
            },
            voter(id, { ref: click }),
          );
        }
        const votes = run.state().approvals[approval?.approvalId ?? ""]?.votes ?? [];
        const people = votes.map((vote) => vote.person);
        expect(new Set(people).size).toBe(people.length);
        const clicked = new Set(clicks.map((click) => accounts.get(click)));
        for (const id of people) expect(clicked.has(id)).toBe(true);
        expect(people).not.toContain("owner");
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);

test("whoever started a run does not vote on it through a second account, nor through a delegate", async () => {
  const accounts = await play([
    { do: "tie", person: "ann", account: "T1/U2" },
    { do: "make", person: "ann" },
    { do: "type", account: "T1/U3", code: 0, as: "link" },
  ]);
  expect([...accounts]).toEqual(
    expect.arrayContaining([
      ["T1/U2", "ann"],
      ["T1/U3", "ann"],
    ]),
  );
  const run = harness({ policies: policies({ roles: ["approver"] }) });
  run.ok(startBody(), voter("ann"));
  workPhase(run, 1);
  const [approval] = Object.values(run.state().approvals);
  const vote = {
    type: "CastVote" as const,
    approvalId: approval?.approvalId ?? "",
    manifestHash: approval?.manifestHash ?? "",
    decision: "approve" as const,
    comments: [],
    attested: "slack" as const,
  };
  for (const ref of ["T1/U2", "T1/U3"])
    expect(run.code(vote, voter(accounts.get(ref) ?? "", { ref }))).toBe("SELF_APPROVAL");
  run.ok({ type: "DelegateVotes", to: "bob", untilMs: run.now() + 1_000 }, voter("ann"));
  expect(run.code({ ...vote, onBehalfOf: "ann" }, voter("bob"))).toBe("SELF_APPROVAL");
});
