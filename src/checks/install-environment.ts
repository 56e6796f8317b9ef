import { access } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

const PASSED =
  /^(PIP_[A-Z_]+|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NIX_SSL_CERT_FILE|(https?|no|all)_proxy)$/i;
// Settings that would move where pip installs or what its settings file is taken from.
const REFUSED =
  /^PIP_(TARGET|PREFIX|ROOT|USER|CACHE_DIR|REQUIRE_VIRTUALENV|REQUIREMENT|NO_BINARY)$/i;

/** Paths that the sandbox shows, and variables it sets, while packages are installed. */
export interface InstallEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly readOnly: readonly string[];
}

const pathsIn = (value: string): readonly string[] =>
  value.split(/[\s:]+/).filter((part) => isAbsolute(part) && part !== "/");

/** What pip needs of the machine to reach its package index: its own settings, certificates and proxy, and nothing else. */
export const installEnvironment = async (
  hostEnv: Readonly<Record<string, string | undefined>>,
): Promise<InstallEnvironment> => {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(hostEnv)) {
    if (value && PASSED.test(name) && !REFUSED.test(name)) env[name] = value;
  }
  const home = hostEnv.HOME ?? "";
  const settings = home === "" ? [] : [join(home, ".config", "pip"), join(home, ".pip")];
  const userFile = join(home, ".config", "pip", "pip.conf");
  const legacyFile = join(home, ".pip", "pip.conf");
  const found = await firstExisting([userFile, legacyFile]);
  // HOME is another one inside, so the person's settings file is named; /etc/pip.conf is found by pip itself.
  if (found !== null && env.PIP_CONFIG_FILE === undefined) env.PIP_CONFIG_FILE = found;
  const named = Object.values(env).flatMap(pathsIn);
  return { env, readOnly: ["/etc/ssl", "/etc/pip.conf", "/etc/pki", ...settings, ...named] };
};

const firstExisting = async (paths: readonly string[]): Promise<string | null> => {
  for (const path of paths) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return null;
};
