import { EFFECT_EVENT } from "./transport/content.ts";
import { SLACK_PATH } from "./transport/request.ts";

/** How Slack reaches the app: over sockets it opens itself, or at `base` (https, without a path). */
export type ManifestForm =
  | { readonly mode: "socket" }
  | { readonly mode: "http"; readonly base: string };

/** Callback ids of the shortcuts; the listeners register under them. */
export const SHORTCUTS = {
  start: "start_pipeline",
  startFrom: "start_from_message",
  comment: "comment_on_handoff",
  show: "show_run",
} as const;

/** Why each scope is asked for: the methods, events or features that do not work without it. */
export const SCOPE_USES = {
  commands: ["command", "shortcuts"],
  "app_mentions:read": ["event:app_mention"],
  "chat:write": [
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "chat.delete",
    "agents.sessions.setStatus",
  ],
  "assistant:write": ["agent_view"],
  "im:write": ["conversations.open"],
  "im:history": ["event:message.im"],
  "files:write": ["files.getUploadURLExternal", "files.completeUploadExternal"],
  "files:read": ["files.info"],
  "users:read": ["users.info"],
  "metadata.message:read": ["event:message_metadata_posted"],
} as const;

/** Granted only where the admin agrees; without them groups cannot approve. */
export const OPTIONAL_SCOPE_USES = {
  "usergroups:read": ["usergroups.users.list"],
} as const;

/** Methods that need no scope. */
export const SCOPELESS = [
  "auth.test",
  "chat.getPermalink",
  "views.open",
  "views.push",
  "views.update",
  "views.publish",
] as const;

/** What the app hears of, and who listens: the transport itself, or the listeners. */
export const EVENTS = {
  app_home_opened: "listeners",
  app_mention: "listeners",
  "message.im": "listeners",
  agent_session_stopped: "listeners",
  message_metadata_posted: "transport",
  app_uninstalled: "transport",
  tokens_revoked: "transport",
} as const;

const LONG_DESCRIPTION = `Type /mlpipeline start, give a sentence and a dataset, and seven specialists build a complete ML pipeline repository in four phases: data and requirements, development and training, deployment and serving, monitoring and improvement. After each phase the work stops at a handoff in the thread: read the evidence, then approve, ask for changes or reject. A language model never approves.`;

const FEATURES = {
  app_home: {
    home_tab_enabled: true,
    messages_tab_enabled: true,
    messages_tab_read_only_enabled: false,
  },
  agent_view: {
    agent_description:
      "Starts ML pipelines, says where each run stands and brings what waits for your decision. Approving stays with people.",
    suggested_prompts: [
      { title: "What waits for me?", message: "approvals" },
      { title: "Where do my runs stand?", message: "runs mine" },
      { title: "Start a pipeline", message: "start" },
      { title: "What can you do?", message: "help" },
    ],
  },
  bot_user: { display_name: "mlpipeline", always_online: true },
  shortcuts: [
    {
      name: "Start a pipeline",
      type: "global",
      callback_id: SHORTCUTS.start,
      description: "Asks for goal, dataset and target, then starts a run",
    },
    {
      name: "Start pipeline from this",
      type: "message",
      callback_id: SHORTCUTS.startFrom,
      description: "Takes the text as goal and its file as dataset",
    },
    {
      name: "Comment on handoff",
      type: "message",
      callback_id: SHORTCUTS.comment,
      description: "Makes the message a comment in Request changes",
    },
    {
      name: "Show run",
      type: "message",
      callback_id: SHORTCUTS.show,
      description: "Shows where the run of this thread stands",
    },
  ],
};

/**
 * The app as Slack is told of it; `manifest.yml` is the socket form. Both forms differ in how Slack reaches the app and in
 * nothing else. Token rotation and org deployment stay off while the bot token is a secret of the environment.
 */
export const slackManifest = (form: ManifestForm) => {
  const url = form.mode === "http" ? { url: `${form.base}${SLACK_PATH}` } : {};
  const requestUrl = form.mode === "http" ? { request_url: `${form.base}${SLACK_PATH}` } : {};
  return {
    display_information: {
      name: "mlpipeline",
      description:
        "Seven specialists build an ML pipeline; people approve every phase in the thread.",
      long_description: LONG_DESCRIPTION,
      background_color: "#1f2d3d",
    },
    features: {
      ...FEATURES,
      slash_commands: [
        {
          command: "/mlpipeline",
          ...url,
          description: "Start, follow and decide ML pipeline runs",
          usage_hint: "start | status [run] | approvals | help",
          should_escape: true,
        },
      ],
    },
    oauth_config: {
      scopes: { bot: Object.keys(SCOPE_USES), bot_optional: Object.keys(OPTIONAL_SCOPE_USES) },
    },
    settings: {
      event_subscriptions: {
        ...requestUrl,
        bot_events: Object.keys(EVENTS),
        metadata_subscriptions: [{ app_id: "*", event_type: EFFECT_EVENT }],
      },
      interactivity: {
        is_enabled: true,
        ...requestUrl,
        ...(form.mode === "http" ? { message_menu_options_url: `${form.base}${SLACK_PATH}` } : {}),
      },
      org_deploy_enabled: false,
      socket_mode_enabled: form.mode === "socket",
      token_rotation_enabled: false,
    },
  };
};
