import type { ApprovalState, VoteState } from "../../engine/state.ts";

const line = (vote: VoteState): string => {
  const voted = vote.onBehalfOf === null ? vote.person : `${vote.person} for ${vote.onBehalfOf}`;
  return `${voted} (proved: ${vote.attested})`;
};

/** Who approved, one line per vote and how each person was proved; in the demo it says that nobody did. */
export const approversOf = (
  approval: ApprovalState | undefined,
  demo: boolean,
): readonly string[] => {
  if (demo) return ["nobody (demo)"];
  const votes = (approval?.votes ?? []).filter((vote) => vote.decision === "approve");
  return votes.map(line);
};
