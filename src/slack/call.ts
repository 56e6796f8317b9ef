import type { z } from "zod";
import type { Definition } from "../operations/define.ts";

/** Runs a read-only operation as the bot itself, to render what it shows. */
export type CallOperation = <D extends Definition>(
  definition: D,
  input: z.input<D["input"]>,
) => Promise<z.output<D["output"]>>;
