import type { SlackPort } from "../port.ts";
import { askerOf, type Payload } from "./payload.ts";

/** Says something to the person behind a payload, where they are; nothing for an event. Never throws. */
export const tellAsker =
  (port: Pick<SlackPort, "tell">) =>
  async (body: Payload, text: string): Promise<void> => {
    const asker = askerOf(body);
    if (asker === null) return;
    await port.tell(asker, {
      text,
      blocks: [{ type: "section", text: { type: "plain_text", text } }],
    });
  };
