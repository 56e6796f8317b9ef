import { access, mkdir, open, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/errors.ts";
import { sha256 } from "../lib/hash.ts";
import { installEnvironment } from "./install-environment.ts";
import type { Python, PythonOutcome } from "./python.ts";
import type { Sandbox, SandboxOutcome } from "./sandbox/types.ts";

export type VenvOutcome =
  | { readonly ok: true; readonly dir: string; readonly python: string }
  | { readonly ok: false; readonly why: string };

export interface VenvDeps {
  /** mlpipeline's home; environments lie in `venvs/<lock hash>`, pip's cache in `cache/pip`. */
  readonly home: string;
  readonly sandbox: Sandbox;
  readonly python: PythonOutcome;
  /** `sandbox.install` of the configuration: false forbids any installation. */
  readonly install: boolean;
  /** The machine's environment; only pip, proxy and certificate settings are taken from it, for the installation alone. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  /** The owner's consent to run blueprint code where there is no isolation. */
  readonly consent: boolean;
  readonly clock: Clock;
}

export interface VenvRequest {
  /** Text of `locks/<group>.txt`: one exact pin per line. */
  readonly lock: string;
  readonly group: string;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

export type BuildVenv = (request: VenvRequest) => Promise<VenvOutcome>;

const INSTALL_LIMITS = { wallMs: 15 * 60_000, memoryMb: 4096, outputKb: 512, fileMb: 4096 };
// A builder touches its lock every few seconds; one that has not for this long is dead.
const STALE_LOCK_MS = 30_000;
const POLL_MS = 250;
const PIN = /^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+$/;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

// A lock is text that a specialist wrote: anything but exact pins (options, addresses, paths) could install from elsewhere.
const badLine = (lock: string): string | undefined =>
  lock
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "" && !line.startsWith("#") && !PIN.test(line));

const whyOf = (what: string, outcome: SandboxOutcome): string | null => {
  if (outcome.status === "refused") return `${what}: ${outcome.why}`;
  if (outcome.stopped !== null) return `${what} was stopped (${outcome.stopped})`;
  if (outcome.exitCode === 0) return null;
  const lines = `${outcome.stdout}\n${outcome.stderr}`.split("\n").filter((line) => line.trim());
  const said = lines.filter((line) => /^ERROR/.test(line)).at(-1) ?? lines.at(-1) ?? "no output";
  return `${what} failed: ${said.trim().slice(0, 300)}`;
};

const install = async (deps: VenvDeps, request: VenvRequest, python: Python, dir: string) => {
  const cache = join(deps.home, "cache", "pip");
  await mkdir(cache, { recursive: true });
  await writeFile(join(dir, "requirements.txt"), request.lock);
  const passed = await installEnvironment(deps.hostEnv);
  const step = (command: string, args: readonly string[], network: boolean) =>
    deps.sandbox.run({
      command,
      args,
      cwd: dir,
      writable: [dir, cache],
      readOnly: [python.prefix, ...(network ? passed.readOnly : [])],
      env: network ? { ...passed.env, PIP_CACHE_DIR: cache, PIP_ROOT_USER_ACTION: "ignore" } : {},
      network,
      limits: INSTALL_LIMITS,
      // What runs here is pip and wheels of the package index, whoever wrote the list; without isolation it needs consent.
      origin: "blueprint",
      consent: deps.consent,
      signal: request.signal,
      onLine: (line) => {
        if (/^(Collecting|Installing|Successfully|Downloading)/.test(line))
          request.progress(`${request.group}: ${line.slice(0, 160)}`);
      },
    });
  request.progress(`${request.group}: creating the environment`);
  // An environment without a pip of its own is made in a tenth of the time; the machine's pip then installs into it.
  const asked = await step(python.path, ["-I", "-m", "pip", "--version"], false);
  const shared = asked.status === "ran" && canInstallElsewhere(asked.stdout);
  const venv = ["-m", "venv", ...(shared ? ["--without-pip"] : []), dir];
  const made = whyOf("creating the environment", await step(python.path, venv, false));
  if (made !== null) return made;
  request.progress(
    `${request.group}: installing ${request.lock.trim().split("\n").length} packages`,
  );
  const target = join(dir, "bin", "python");
  const pip = shared ? ["-I", "-m", "pip", "--python", target] : ["-m", "pip"];
  const args = [
    ...pip,
    "install",
    "--no-input",
    "--only-binary=:all:",
    "--no-deps",
    "-r",
    "requirements.txt",
  ];
  return whyOf("installing the packages", await step(shared ? python.path : target, args, true));
};

/** pip can install into another environment (`--python`) since 22.3. */
const canInstallElsewhere = (said: string): boolean => {
  const [major = 0, minor = 0] = (/^pip (\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
  return major > 22 || (major === 22 && minor >= 3);
};

const build = async (deps: VenvDeps, request: VenvRequest, python: Python, dir: string) => {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const why = await install(deps, request, python, dir);
  if (why === null) await writeFile(join(dir, ".ready"), `${python.version}\n`);
  else await rm(dir, { recursive: true, force: true });
  return why;
};

/** Takes the lock file of one environment, or null while another process holds it. */
const takeLock = async (path: string, clock: Clock): Promise<(() => Promise<void>) | null> => {
  const handle = await open(path, "wx").catch(() => null);
  if (handle === null) {
    const age = await stat(path).then(
      (found) => clock.nowMs() - found.mtimeMs,
      () => 0,
    );
    if (age > STALE_LOCK_MS) await rm(path, { force: true });
    return null;
  }
  await handle.close();
  const touch = () => {
    const now = new Date(clock.nowMs());
    utimes(path, now, now).catch(() => undefined);
  };
  const beat = setInterval(touch, STALE_LOCK_MS / 6);
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
};

interface Place {
  readonly dir: string;
  readonly python: Python;
  readonly deps: VenvDeps;
}

/** One try to find or build it: an outcome, or null while another builder has the lock. */
const attempt = async (place: Place, request: VenvRequest): Promise<VenvOutcome | null> => {
  const { deps, dir, python } = place;
  const ready = { ok: true, dir, python: join(dir, "bin", "python") } as const;
  if (await exists(join(dir, ".ready"))) return ready;
  if (!deps.install)
    return { ok: false, why: "sandbox.install is false, so no packages are installed" };
  const release = await takeLock(`${dir}.lock`, deps.clock);
  if (release === null) return null;
  try {
    if (await exists(join(dir, ".ready"))) return ready;
    const why = await build(deps, request, python, dir);
    return why === null ? ready : { ok: false, why };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  } finally {
    await release();
  }
};

/**
 * Builds the environment of a lock in the sandbox, with the network open for that step only, and marks it ready; an
 * environment that is ready is returned at once, and concurrent builders of one lock wait for the first. Failure is a value.
 */
export const createVenvs = (deps: VenvDeps): BuildVenv => {
  const { python } = deps;
  return async (request) => {
    if (!python.ok) return python;
    const bad = badLine(request.lock);
    if (bad !== undefined)
      return { ok: false, why: `locks/${request.group}.txt: expected name==version, got "${bad}"` };
    const folder = join(deps.home, "venvs");
    await mkdir(folder, { recursive: true });
    const hash = sha256(`${python.version}\n${request.lock}`).slice(0, 32);
    const place = { dir: join(folder, hash), python, deps };
    while (!request.signal.aborted) {
      const outcome = await attempt(place, request);
      if (outcome !== null) return outcome;
      await sleep(POLL_MS, undefined, { signal: request.signal }).catch(() => undefined);
    }
    return { ok: false, why: "cancelled" };
  };
};
