import { isProductError, RetryableError } from "../../lib/errors.ts";
import { incidentFiles } from "../../operations/incident-files.ts";
import { incidentGet } from "../../operations/incident-get.ts";
import { lists, section, sentences } from "../blocks/elements.ts";
import { renderIncident } from "../blocks/incident-message.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { Rendered } from "../blocks/rendered.ts";
import { formatRef, type MessageRef, parseRef } from "../messages.ts";
import { bodyOf, editShown, effectOf, type Show, type ShowDeps } from "./row.ts";

const PARENT_WAIT_MS = 500;
const TRYING = "trying";

const revisionOf = (body: unknown): number =>
  Number((body as { readonly revision?: unknown }).revision ?? 0);

/** The Incident's one message in the home's channel, edited ever after. */
export const showIncident: Show = async (deps, row) => {
  const one = await deps.call(incidentGet, { incident: bodyOf(row).ref });
  if (one.untold && row.externalRef === null) return null;
  const rendered = renderIncident(one);
  const edited = await editShown(deps, row, rendered, one.revision);
  if (edited !== null) return edited;
  const channel = deps.settings.defaultChannel;
  if (channel === null) return null;
  const effect = effectOf(row, one.revision);
  return formatRef(
    await deps.port.post({ channel, threadTs: null, broadcast: false, rendered, effect }),
  );
};

/** Where the Incident's message stands; null in a home without a channel. RetryableError until it is posted. */
const incidentThread = async (deps: ShowDeps, id: string): Promise<MessageRef | null> => {
  const parent = parseRef(await deps.messages.get(`incident/${id}`));
  if (parent !== null) return parent;
  if (deps.settings.defaultChannel === null) return null;
  throw new RetryableError("NO_PARENT", "the incident's message is not posted yet", {
    retryAfterMs: PARENT_WAIT_MS,
  });
};

type Incident = Awaited<ReturnType<typeof read>>;
const read = (deps: ShowDeps, incident: string, from = 0) =>
  deps.call(incidentGet, { incident, from });

const evidence = (one: Incident): Rendered => {
  const open = one.details.filter((detail) => detail.open);
  const items = open.map((detail) => `${detail.subject}: ${detail.reasons.join("; ")}`);
  const more = one.more_details > 0 ? [`and ${one.more_details} more`] : [];
  const told = lists([{ title: "Evidence", items: [...items, ...more] }]);
  const text = sentences("Evidence.", ...items);
  return { text, blocks: [told ?? section(one.said)] };
};

const post = async (
  deps: ShowDeps,
  row: Parameters<Show>[1],
  rendered: Rendered,
  broadcast: boolean,
): Promise<string | null> => {
  const parent = await incidentThread(deps, bodyOf(row).ref);
  if (parent === null) return null;
  const { channel, ts: threadTs } = parent;
  const effect = effectOf(row, revisionOf(row.body));
  return formatRef(await deps.port.post({ channel, threadTs, broadcast, rendered, effect }));
};

// A picture that Slack may have taken already is not sent again; the words stand without it.
const addChart = async (deps: ShowDeps, id: string, effectKey: string): Promise<void> => {
  const key = `${effectKey}/chart`;
  const thread = await incidentThread(deps, id);
  if (thread === null || (await deps.messages.get(key)) !== null) return;
  const { files } = await deps.call(incidentFiles, { incident: id });
  if (files.length === 0) return;
  await deps.messages.put(key, TRYING);
  const uploads = files.map(({ alt, base64, name, title }) => ({
    name,
    title,
    alt,
    bytes: Buffer.from(base64, "base64"),
  }));
  await deps.port
    .upload({ channel: thread.channel, threadTs: thread.ts }, uploads, files[0]?.alt ?? "")
    .catch((error: unknown) => {
      if (isProductError(error)) deps.log.info("a chart was not shown", { error: error.message });
      else throw error;
    });
};

/** What the Incident rests on, in its thread: a sentence per alert, and the chart. */
export const showIncidentEvidence: Show = async (deps, row) => {
  const { ref } = bodyOf(row);
  const one = await read(deps, ref);
  if (one.untold) return null;
  const shown = row.externalRef ?? (await post(deps, row, evidence(one), false));
  await addChart(deps, ref, row.effectKey);
  return shown;
};

/** What happened to an Incident: a line in its thread, said to the channel too when it escalates or ends. */
export const showIncidentLine: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const { from } = row.body as { readonly from?: unknown };
  const revision = revisionOf(row.body);
  const one = await read(deps, bodyOf(row).ref, typeof from === "number" ? from : 0);
  if (one.untold || one.lines.length === 0) return null;
  const lines = one.lines.slice(0, Math.max(1, revision));
  const broadcast = lines.some((line) => line.loud);
  return post(deps, row, renderLine(lines.map((line) => line.said).join(" ")), broadcast);
};
