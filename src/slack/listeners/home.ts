import type { App } from "@slack/bolt";
import { z } from "zod";
import type { SlackDeps } from "../deps.ts";
import { publishHome } from "../show/home.ts";

const Opened = z.looseObject({ user: z.string(), tab: z.string().default("home") });
const Envelope = z.looseObject({ team_id: z.string().default("") });

/** Home is published when somebody opens it; changes reach it through the outbox. */
export const registerHome = (app: App, deps: SlackDeps): void => {
  app.event("app_home_opened", async ({ body, event }) => {
    const { tab, user } = Opened.parse(event);
    if (tab === "home") await publishHome(deps, Envelope.parse(body).team_id, user);
  });
};
