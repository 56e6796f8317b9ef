import type { Asker } from "./asker.ts";
import { renderLine } from "./blocks/line-message.ts";
import type { Rendered } from "./blocks/rendered.ts";
import type { SlackDeps } from "./deps.ts";
import type { ModalName } from "./modals/names.ts";
import type { Upload } from "./port.ts";

/** What a request comes to: words, a modal to open, or files for the person alone. */
export type Answer =
  | { readonly kind: "say"; readonly rendered: Rendered }
  | { readonly kind: "modal"; readonly modal: ModalName; readonly id: string }
  | { readonly kind: "files"; readonly files: readonly Upload[]; readonly comment: string };

export const say = (rendered: Rendered | string): Answer => ({
  kind: "say",
  rendered: typeof rendered === "string" ? renderLine(rendered) : rendered,
});

export const open = (modal: ModalName, id: string): Answer => ({ kind: "modal", modal, id });

/** Says something to the one who asked: an ephemeral where they are, else a direct message. Never throws. */
export const tell = async (
  deps: Pick<SlackDeps, "port">,
  asker: Asker,
  rendered: Rendered,
): Promise<void> =>
  deps.port.tell(
    { channel: asker.channel ?? "", user: asker.user, threadTs: asker.threadTs },
    rendered,
  );
