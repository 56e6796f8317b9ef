import { describe, expect, test } from "vitest";
import { DELIVERABLES } from "../../src/spec/parts.ts";
import { ROLES } from "../../src/spec/roles.ts";

const PARTS = DELIVERABLES.flatMap(({ parts }) => parts);

describe("the playbook's contents", () => {
  test("there are 24 deliverables with 96 parts", () => {
    expect(DELIVERABLES).toHaveLength(24);
    expect(PARTS).toHaveLength(96);
  });

  test("no id is used twice", () => {
    expect(new Set(DELIVERABLES.map(({ id }) => id)).size).toBe(24);
    expect(new Set(PARTS).size).toBe(96);
  });

  test("a part's id begins with the id of its deliverable", () => {
    for (const { id, parts } of DELIVERABLES)
      for (const part of parts) expect(part).toMatch(new RegExp(`^${id}\\.[a-z][a-z-]*$`));
  });

  test("each of the seven specialists has deliverables, in the order of the playbook", () => {
    expect([...new Set(DELIVERABLES.map(({ role }) => role))]).toEqual([...ROLES]);
    const counts = ROLES.map((role) => DELIVERABLES.filter((item) => item.role === role).length);
    expect(counts).toEqual([3, 3, 3, 3, 4, 3, 5]);
  });
});
