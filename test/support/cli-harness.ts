// The terminal with other blueprints than the ones that ship: PROMPTS_DIR says where they lie.
import { cli } from "../../src/cli/main.ts";
import { TINY_PLANS } from "./tiny-prompts.ts";

process.exitCode = await cli(process.argv.slice(2), {
  promptsDir: process.env.PROMPTS_DIR ?? "",
  plans: TINY_PLANS,
});
