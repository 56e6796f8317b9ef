import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Body, isOn, listOf, objectOf, textOf } from "./answer.ts";

export interface Shortcut {
  readonly name: string;
  readonly callbackId: string;
  readonly kind: "global" | "message";
}

/** What the app's manifest asks for: only this is granted, subscribed and switched on. */
export interface Manifest {
  readonly scopes: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
  /** Event types of `message_metadata_posted` that are subscribed. */
  readonly metadataTypes: ReadonlySet<string>;
  readonly commands: ReadonlyMap<string, { readonly escape: boolean }>;
  readonly shortcuts: readonly Shortcut[];
  readonly interactive: boolean;
  readonly home: boolean;
  /** A person can write to the app. */
  readonly messages: boolean;
  readonly agent: boolean;
  /** Tokens expire and come with a refresh token. */
  readonly rotates: boolean;
}

const words = (value: unknown): string[] => listOf(value).map(textOf);

const commandsOf = (features: Body): Manifest["commands"] =>
  new Map(
    listOf(features.slash_commands).map((value) => {
      const command = objectOf(value);
      return [textOf(command.command), { escape: isOn(command.should_escape) }];
    }),
  );

const shortcutsOf = (features: Body): Shortcut[] =>
  listOf(features.shortcuts).map((value) => {
    const shortcut = objectOf(value);
    return {
      name: textOf(shortcut.name),
      callbackId: textOf(shortcut.callback_id),
      kind: shortcut.type === "message" ? "message" : "global",
    };
  });

/** Reads a manifest from its YAML (or JSON) text. Without `optional`, scopes under `bot_optional` were not granted. */
export const parseManifest = (text: string, optional = true): Manifest => {
  const all = objectOf(parse(text));
  const features = objectOf(all.features);
  const settings = objectOf(all.settings);
  const scopes = objectOf(objectOf(all.oauth_config).scopes);
  const events = objectOf(settings.event_subscriptions);
  const home = objectOf(features.app_home);
  return {
    scopes: new Set([...words(scopes.bot), ...(optional ? words(scopes.bot_optional) : [])]),
    events: new Set(words(events.bot_events)),
    metadataTypes: new Set(
      listOf(events.metadata_subscriptions).map((one) => textOf(objectOf(one).event_type)),
    ),
    commands: commandsOf(features),
    shortcuts: shortcutsOf(features),
    interactive: isOn(objectOf(settings.interactivity).is_enabled),
    home: isOn(home.home_tab_enabled),
    messages: isOn(home.messages_tab_enabled) && !isOn(home.messages_tab_read_only_enabled),
    rotates: isOn(settings.token_rotation_enabled),
    agent: features.agent_view !== undefined || features.assistant_view !== undefined,
  };
};

export const readManifest = (path: string, optional = true): Manifest =>
  parseManifest(readFileSync(path, "utf8"), optional);
