/** Text from people, data or models for a mrkdwn field: nothing in it can mention, link or format. */
export const escapeMrkdwn = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*_~`]/g, (char) => `${char}\u200b`);

/** Cut at `max` characters by code point, with an ellipsis. */
export const cut = (text: string, max: number): string => {
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join("")}…`;
};
