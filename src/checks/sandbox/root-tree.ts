import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * One thing of the host that the sandbox sees: at the same path, or a link that is copied as a link. A small file of /etc
 * is of kind `file`: its source has the target's name, and a copy serves as well as the file itself.
 */
export type RootEntry =
  | {
      readonly kind: "bind";
      readonly source: string;
      readonly target: string;
      readonly writable: boolean;
      readonly folder: boolean;
    }
  | { readonly kind: "file"; readonly source: string; readonly target: string }
  | { readonly kind: "link"; readonly target: string; readonly to: string };

/** Programs and libraries, and the few files of /etc without which they do not start. No person's settings, no secrets. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
const ETC = [
  "/etc/alternatives",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/localtime",
  "/etc/mime.types",
  "/etc/java-17-openjdk",
];
const NETWORK_ETC = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ssl",
  "/etc/ca-certificates",
];
const DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/** Small files of /etc that are the same on every machine; `/etc/sandbox` is how the watch knows that the root was entered. */
export const WRITTEN_ETC: Readonly<Record<string, string>> = {
  passwd: "root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/false\n",
  group: "root:x:0:\nnogroup:x:65534:\n",
  hosts: "127.0.0.1 localhost\n::1 localhost\n",
  sandbox: "mlpipeline\n",
};

const bind = async (target: string, writable: boolean): Promise<readonly RootEntry[]> => {
  const source = await realpath(target).catch(() => null);
  if (source === null) return [];
  const info = await lstat(source);
  return [{ kind: "bind", source, target, writable, folder: info.isDirectory() }];
};

// A bind costs two more processes than a share in one copy, so files that everybody may read are not bound.
const etc = async (path: string): Promise<readonly RootEntry[]> => {
  const source = await realpath(path).catch(() => null);
  if (source === null) return [];
  const info = await lstat(source);
  return info.isFile() && (info.mode & 0o004) !== 0
    ? [{ kind: "file", source: path, target: path }]
    : bind(path, false);
};

const system = async (path: string): Promise<readonly RootEntry[]> => {
  const info = await lstat(path).catch(() => null);
  if (info?.isSymbolicLink() && dirname(path) === "/")
    return [{ kind: "link", target: path, to: await readlink(path) }];
  return info === null ? [] : bind(path, false);
};

const under = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** The tree a sandboxed program sees besides /proc, /dev/shm, /tmp and its work folder; parents before what lies in them. */
export const rootTree = async (given: {
  readonly network: boolean;
  readonly readOnly: readonly string[];
  readonly writable: readonly string[];
  /** Folder that holds the files of `WRITTEN_ETC`. */
  readonly etc: string;
}): Promise<readonly RootEntry[]> => {
  const extra = given.readOnly.filter((path) => !SYSTEM.some((folder) => under(path, folder)));
  const own = (path: string) => !given.writable.includes(path);
  const small = [...ETC, ...(given.network ? NETWORK_ETC : [])].filter(own);
  const plain = extra.filter((path) => own(path) && !small.includes(path));
  const entries = [
    ...(await Promise.all(SYSTEM.map(system))),
    ...(await Promise.all(small.map(etc))),
    ...(await Promise.all([...new Set(plain)].map((path) => bind(path, false)))),
    ...Object.keys(WRITTEN_ETC)
      .filter((name) => !(given.network && name === "hosts"))
      .map(
        (name): RootEntry => ({
          kind: "file",
          source: join(given.etc, name),
          target: `/etc/${name}`,
        }),
      ),
    ...(await Promise.all(given.writable.map((path) => bind(path, true)))),
  ].flat();
  return entries.sort((a, b) => depth(a.target) - depth(b.target));
};

const depth = (path: string): number => path.split("/").length;

/** Device files that are shown as they are on the host. */
export const rootDevices = async (): Promise<readonly string[]> => {
  const found = await Promise.all(
    DEVICES.map((path) =>
      lstat(path).then(
        () => path,
        () => null,
      ),
    ),
  );
  return found.filter((path) => path !== null);
};

/** The parent folder of a path, for making it before something is put there. */
export const parentOf = (path: string): string => dirname(path);
