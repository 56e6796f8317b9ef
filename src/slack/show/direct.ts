import { isProductError, messageOf } from "../../lib/errors.ts";
import type { Rendered } from "../blocks/rendered.ts";
import { formatRef } from "../messages.ts";
import type { ShowDeps } from "./row.ts";

/**
 * A direct message, once per effect and person; gives where it lies. Null when the person cannot be reached (deactivated, another
 * workspace): that must not keep the others from being told. RetryableError is thrown on.
 */
export const tellDirectly = async (
  deps: ShowDeps,
  effect: { readonly key: string; readonly kind: string },
  user: string,
  rendered: Rendered,
): Promise<string | null> => {
  const key = `${effect.key}/${user}`;
  const known = await deps.messages.get(key);
  if (known !== null) return known;
  try {
    return formatRef(await deps.port.dm(user, rendered, { key, kind: effect.kind, revision: 0 }));
  } catch (error) {
    if (isProductError(error) && error.kind === "retryable") throw error;
    deps.log.warn("a direct message reached nobody", { user, error: messageOf(error) });
    return null;
  }
};
