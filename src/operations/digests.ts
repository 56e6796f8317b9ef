import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, READ, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

const Section = z.strictObject({ title: z.string(), rows: z.array(z.string()), more: z.int() });
const Digest = z.strictObject({
  headline: z.string(),
  quiet: z.boolean(),
  from: z.string(),
  until: z.string(),
  sections: z.array(Section),
});

/** Who gets a digest when. Throws CRON_INVALID, ZONE_UNKNOWN, SUBSCRIPTION_TARGET, NOT_ALLOWED. */
export const subscriptionSet = defineOperation({
  name: "subscription_set",
  title: "Subscribe to a digest",
  description: "Who gets a digest when: a channel or a person, schedule and zone.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    /** channel:<id>, person:<id>, or me. */
    to: z.string().default("me"),
    cron: z.string().default("0 9 * * 1-5"),
    zone: z.string().optional(),
    when_quiet: z.enum(["line", "nothing"]).default("line"),
    enabled: z.boolean().default(true),
  }),
  output: z.strictObject({ subscription: z.string(), next: z.string().optional() }),
});

/** A digest now. */
export const digestSend = defineOperation({
  name: "digest_send",
  title: "Send a digest now",
  description: "Make the digest now and send it to a channel or a person.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ to: z.string().default("me") }),
  output: z.strictObject({ ...Digest.shape, to: z.string() }),
});

/** One digest as it was made. Throws DIGEST_NOT_FOUND. */
export const digestGet = defineOperation({
  name: "digest_get",
  title: "Read a digest",
  description: "One digest as it was made, for whom, and when the next is due.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ subscription: z.string(), slot: z.string() }),
  output: z.strictObject({
    ...Digest.shape,
    to_kind: z.enum(["channel", "person"]),
    to: z.string(),
    next: z.string().optional(),
  }),
});

type Content = Awaited<ReturnType<CatalogDeps["digests"]["sendNow"]>>["content"];
const iso = (ms: number): string => new Date(ms).toISOString();

const shape = ({ from, headline, quiet, sections, until }: Content): z.infer<typeof Digest> => ({
  headline,
  quiet,
  from: iso(from),
  until: iso(until),
  sections: sections.map(({ more, rows, title }) => ({ title, rows: [...rows], more })),
});

const targetOf = (to: string, person: string | null) => {
  const [kind, ...rest] = to === "me" ? ["person", person ?? ""] : to.split(":");
  const target = rest.join(":");
  if ((kind === "channel" || kind === "person") && target !== "")
    return { kind, target } as { readonly kind: "channel" | "person"; readonly target: string };
  throw new UserInputError("SUBSCRIPTION_TARGET", `"${to}" is nobody to send to`, {
    expected: "me, channel:<id> or person:<id>",
    got: to,
  });
};

type Deps = Pick<CatalogDeps, "digests" | "workspace" | "zone">;

// One's own digest is one's own affair; what a channel or somebody else gets is for those who may run things.
const mustMayAddress = async (
  { workspace }: Deps,
  to: { readonly kind: string; readonly target: string },
  actor: Parameters<Handler<typeof digestSend>>[1]["actor"],
): Promise<void> => {
  if (to.kind === "person" && to.target === actor.person) return;
  const { scopes } = await workspace.access(actor);
  if (scopes.includes("run")) return;
  throw new UserInputError(
    "NOT_ALLOWED",
    `${actor.person ?? "you"} may only order a digest for yourself`,
    {
      next: "ask somebody who may run pipelines",
    },
  );
};

export const createSubscriptionSet =
  (deps: Deps): Handler<typeof subscriptionSet> =>
  async ({ cron, enabled, to, when_quiet: whenQuiet, zone }, { actor, key }) => {
    const target = targetOf(to, actor.person);
    await mustMayAddress(deps, target, actor);
    const wish = { ...target, cron, zone: zone ?? deps.zone, whenQuiet, enabled };
    const { id, nextAt } = await deps.digests.subscribe(wish, actor, key);
    return { subscription: id, ...(nextAt === null ? {} : { next: iso(nextAt) }) };
  };

export const createDigestSend =
  (deps: Deps): Handler<typeof digestSend> =>
  async ({ to }, { actor, key }) => {
    const target = targetOf(to, actor.person);
    await mustMayAddress(deps, target, actor);
    const { content, id } = await deps.digests.sendNow(target, actor, key);
    return { ...shape(content), to: id };
  };

export const createDigestGet =
  ({ digests }: Pick<Deps, "digests">): Handler<typeof digestGet> =>
  async ({ slot, subscription }) => {
    const found = await digests.read(subscription, slot);
    if (found === null)
      throw new UserInputError("DIGEST_NOT_FOUND", `no digest ${slot} of ${subscription}`);
    const { content, kind, nextAt, target } = found;
    return {
      ...shape(content),
      to_kind: kind,
      to: target,
      ...(nextAt === null ? {} : { next: iso(nextAt) }),
    };
  };
