// The terminal of another person (USER) and with other blueprints than the ones that ship (PROMPTS_DIR says where they lie).
import { cli } from "../../src/cli/main.ts";
import { TINY_PLANS } from "./tiny-prompts.ts";

const { PROMPTS_DIR, USER } = process.env;

process.exitCode = await cli(process.argv.slice(2), {
  ...(PROMPTS_DIR === undefined ? {} : { promptsDir: PROMPTS_DIR, plans: TINY_PLANS }),
  ...(USER === undefined ? {} : { osUser: USER }),
});
