import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import { notFound } from "./incident-get.ts";
import type { CatalogDeps } from "./ports.ts";

/** The picture of an Incident's worst alert over its windows, with the words that stand for it. Throws INCIDENT_NOT_FOUND. */
export const incidentFiles = defineOperation({
  name: "incident_files",
  title: "Read an incident's chart",
  description: "The chart of an incident as PNG, base64.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ incident: z.string() }),
  output: z.strictObject({
    files: z.array(
      z.strictObject({ name: z.string(), title: z.string(), alt: z.string(), base64: z.string() }),
    ),
  }),
});

export const createIncidentFiles =
  ({ watch }: Pick<CatalogDeps, "watch">): Handler<typeof incidentFiles> =>
  async ({ incident: ref }) => {
    const view = await watch.incident(ref);
    if (view === null) throw notFound(ref);
    const chart = await watch.chart(view.id);
    if (chart === null) return { files: [] };
    return {
      files: [
        {
          name: `${view.model}-${view.cause}.png`,
          title: view.title,
          alt: chart.alt,
          base64: Buffer.from(chart.png).toString("base64"),
        },
      ],
    };
  };
