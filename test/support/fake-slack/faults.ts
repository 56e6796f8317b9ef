/** How Slack misbehaves: an HTTP status, no answer at all, an answer that is no JSON, an error code, or a cut connection. */
export type Fault =
  | { readonly status: number; readonly retryAfter?: number }
  | { readonly hang: true }
  | { readonly garbage: true }
  | { readonly error: string }
  /** The connection breaks `before` Slack took the call, or `after` it did and before the answer. */
  | { readonly cut: "before" | "after" };

export interface Faults {
  /** The next `times` calls of a method ("*" for any) fail this way. */
  readonly plan: (method: string, fault: Fault, times: number) => void;
  readonly take: (method: string) => Fault | null;
  readonly clear: () => void;
}

export const createFaults = (): Faults => {
  const planned: { readonly method: string; readonly fault: Fault; left: number }[] = [];
  return {
    plan: (method, fault, times) => {
      planned.push({ method, fault, left: times });
    },
    take: (method) => {
      const at = planned.findIndex((one) => one.method === method || one.method === "*");
      const found = planned[at];
      if (!found) return null;
      found.left -= 1;
      if (found.left <= 0) planned.splice(at, 1);
      return found.fault;
    },
    clear: () => {
      planned.length = 0;
    },
  };
};
