import { z } from "zod";
import { BugError, UserInputError } from "../lib/errors.ts";
import type { Definition, Handler, Operation } from "./define.ts";

/** Ties a definition to its handler. UserInputError INVALID_INPUT names every bad field; a wrong output is BugError. */
export const bind = <D extends Definition>(definition: D, handler: Handler<D>): Operation => ({
  definition,
  run: async (raw, call) => {
    const input = definition.input.safeParse(raw ?? {});
    if (!input.success) {
      throw new UserInputError("INVALID_INPUT", z.prettifyError(input.error), {
        next: `${definition.name} with the fields of its description`,
      });
    }
    const output = definition.output.safeParse(
      await handler(input.data as z.output<D["input"]>, call),
    );
    if (!output.success) {
      throw new BugError("OUTPUT_INVALID", `${definition.name}: ${z.prettifyError(output.error)}`);
    }
    return output.data;
  },
});
