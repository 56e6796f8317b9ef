import { type Answer, listOf, ok, refuse } from "../answer.ts";
import { checkBlocks } from "../blocks/check-blocks.ts";
import { checkView } from "../blocks/check-view.ts";
import type { Call, Method } from "./call.ts";
import { invalid, surroundings } from "./message.ts";

const authTest = ({ workspace, installation, address }: Call): Answer =>
  ok({
    url: `http://${address}/`,
    team: "fake",
    user: "mlpipeline",
    team_id: installation.team,
    user_id: installation.botUser,
    bot_id: installation.botId,
    app_id: workspace.appId,
    is_enterprise_install: false,
  });

const validate = ({ workspace, installation, body }: Call): Answer => {
  const around = surroundings(workspace, installation);
  if (body.view === undefined && listOf(body.blocks).length === 0)
    return refuse("invalid_arguments");
  const problems =
    body.view === undefined
      ? checkBlocks("message", body.blocks, around)
      : checkView(body.view, around);
  return problems.length === 0 ? ok() : invalid("invalid_blocks", problems);
};

/** `openSocket` gives a new one-time address. */
export const appMethods = (openSocket: () => string): Readonly<Record<string, Method>> => ({
  "auth.test": { scopes: [], tier: null, run: authTest },
  "apps.connections.open": {
    scopes: [],
    token: "app",
    // T1 is one a minute with tolerance for reconnects; a strict 1 would refuse what every client does at start.
    tier: null,
    run: () => ok({ url: openSocket() }),
  },
  "blocks.validate": { scopes: [], tier: 100, run: validate },
});
