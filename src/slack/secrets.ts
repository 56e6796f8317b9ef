const FOUND: Readonly<Record<string, string>> = {
  SLACK_BOT_TOKEN: "OAuth & Permissions → Bot User OAuth Token (xoxb-…)",
  SLACK_APP_TOKEN:
    "Basic Information → App-Level Tokens → Generate, with connections:write (xapp-…)",
  SLACK_SIGNING_SECRET: "Basic Information → App Credentials → Signing Secret",
};

/**
 * What a person reads when secrets are missing, in five lines: which, how to make the app, where each secret of this mode is
 * found, what to do. `needed` are two names, `missing` those of them that are not set.
 */
export const missingSecrets = (
  mode: "socket" | "http",
  needed: readonly string[],
  missing: readonly string[],
): readonly string[] => [
  `Slack is not connected (mode ${mode}): ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set.`,
  "Make the app once: api.slack.com/apps → Create New App → From a manifest → manifest.yml → Install to Workspace.",
  ...needed.map((name) =>
    missing.includes(name) ? `${name}: ${FOUND[name] ?? ""}` : `${name}: is set.`,
  ),
  "Set what is missing in the environment and start `mlpipeline serve` again; without Slack it works as a worker only.",
];
