import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { call, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull();
  createUser(slack, "U1");
});
afterEach(async () => {
  await slack.close();
});

const modal = (more: object = {}) => ({
  type: "modal",
  title: { type: "plain_text", text: "Start" },
  blocks: [{ type: "divider" }],
  ...more,
});
const trigger = (viewId: string | null = null) =>
  slack.workspace.triggers.create({ user: "U1", team: "T1", viewId });
const open = (view: object = modal(), trigger_id = trigger()) =>
  call(slack, "views.open", { trigger_id, view });
interface View {
  readonly id: string;
  readonly hash: string;
  readonly root_view_id: string;
}

test("a trigger opens one view, within three seconds", async () => {
  const once = trigger();
  expect(await open(modal(), once)).toMatchObject({ ok: true });
  expect(await open(modal(), once)).toMatchObject({ error: "exchanged_trigger_id" });
  expect(await open(modal(), "made-up")).toMatchObject({ error: "invalid_trigger_id" });
  const late = trigger();
  await slack.clock.advance(3_001);
  expect(await open(modal(), late)).toMatchObject({ error: "expired_trigger_id" });
});

test("views lie three deep and no deeper", async () => {
  const first = (await open()).view as View;
  const push = () => call(slack, "views.push", { trigger_id: trigger(first.id), view: modal() });
  expect(await push()).toMatchObject({
    view: { root_view_id: first.id, previous_view_id: first.id },
  });
  expect(await push()).toMatchObject({ ok: true });
  expect(await push()).toMatchObject({ error: "push_limit_reached" });
  expect(await call(slack, "views.push", { trigger_id: trigger(), view: modal() })).toMatchObject({
    error: "invalid_trigger_id",
  });
  slack.expectNoViolations();
});

test("opening a view over one that is open fails the test", async () => {
  await open();
  await open();
  expect(slack.workspace.violations).toEqual(["views.open over a modal that is open"]);
});

test("an update with an old hash conflicts, and a view that is not there is not found", async () => {
  const { id, hash } = (await open()).view as View;
  const update = (more: object) => call(slack, "views.update", { view: modal(), ...more });
  expect(await update({ view_id: id, hash })).toMatchObject({ ok: true });
  expect(await update({ view_id: id, hash })).toMatchObject({ error: "hash_conflict" });
  expect(await update({ view_id: "V404" })).toMatchObject({ error: "not_found" });
});

test("an external id is taken while its view is open, and stays taken when the client reloads", async () => {
  const named = modal({ external_id: "mine" });
  const user = createUser(slack, "U1");
  await open(named);
  await user.close();
  await open(named);
  user.reload();
  expect(await open(named)).toMatchObject({ error: "duplicate_external_id" });
});

test("a view above 250 KB is too large, and an invalid one is refused with the place", async () => {
  expect(await open(modal({ private_metadata: "x".repeat(256_001) }))).toMatchObject({
    error: "view_too_large",
  });
  expect(await open(modal({ private_metadata: "x".repeat(3001) }))).toMatchObject({
    error: "invalid_arguments",
    response_metadata: {
      messages: ["[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]"],
    },
  });
});

test("Home is published to a person of the workspace, guarded by its hash", async () => {
  const publish = (more: object = {}) =>
    call(slack, "views.publish", {
      user_id: "U1",
      view: { type: "home", blocks: [{ type: "divider" }] },
      ...more,
    });
  const { hash } = (await publish()).view as View;
  expect(await publish({ hash })).toMatchObject({ ok: true });
  expect(await publish({ hash })).toMatchObject({ error: "hash_conflict" });
  expect(await publish({ user_id: "U404" })).toMatchObject({ error: "user_not_found" });
  expect(await publish({ view: modal() })).toMatchObject({ error: "invalid_arguments" });
  slack.expectNoViolations(/must be home/);
});

test("without Home in the manifest nothing can be published", async () => {
  const small = await startFull({ manifest: "test/fake-slack/small-manifest.yml" });
  expect(await call(small, "views.publish", { user_id: "U1", view: {} })).toMatchObject({
    error: "not_enabled",
  });
  await small.close();
});
