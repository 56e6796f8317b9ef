import type { ResourceLink } from "@modelcontextprotocol/server";

const MAX_LINKS = 20;

/** The address of one file of a run; every part is percent-encoded. */
export const fileUri = (runId: string, deliverable: string, path: string): string =>
  `${deliverableUri(runId, deliverable)}/${path.split("/").map(encodeURIComponent).join("/")}`;

/** The address of a deliverable as a whole. */
export const deliverableUri = (runId: string, deliverable: string): string =>
  `mlpipeline://runs/${encodeURIComponent(runId)}/deliverables/${encodeURIComponent(deliverable)}`;

interface Listed {
  readonly run_id?: string;
  readonly deliverables?: readonly {
    readonly deliverable: string;
    readonly title: string;
    readonly files: readonly string[];
  }[];
}

/** Links to what an answer lists, for hosts that let people open them. */
export const linksOf = (tool: string, data: Record<string, unknown>): readonly ResourceLink[] => {
  const { deliverables, run_id } = data as Listed;
  if (tool !== "deliverables_list" || run_id === undefined) return [];
  return (deliverables ?? [])
    .filter((one) => one.files.length > 0)
    .slice(0, MAX_LINKS)
    .map((one) => ({
      type: "resource_link",
      uri: deliverableUri(run_id, one.deliverable),
      name: one.deliverable,
      title: one.title,
    }));
};
