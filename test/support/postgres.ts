import { execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);

/** A Postgres of our own on 127.0.0.1, its data in a temporary folder. */
export interface Postgres {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly query: (sql: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The folder of initdb and postgres, or null where none is installed. */
export const findPostgres = (): string | null => {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  const places = [
    ...versions.map((version) => join(root, version, "bin")),
    "/usr/local/bin",
    "/usr/bin",
  ];
  return (
    places.find((dir) => ["initdb", "postgres"].every((name) => existsSync(join(dir, name)))) ??
    null
  );
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/** Postgres refuses to run as root: there it runs as `nobody`. */
const notRoot = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
};

export const startPostgres = async (bin: string): Promise<Postgres> => {
  const who = notRoot();
  const dir = mkdtempSync(join(tmpdir(), "mlpipeline-pg-"));
  if (who.uid !== undefined && who.gid !== undefined) chownSync(dir, who.uid, who.gid);
  const data = join(dir, "data");
  const [user, password, port] = ["reader", "s3cret-word", await freePort()];
  const options = { ...who, cwd: dir, env: { PATH: process.env.PATH, HOME: dir, LC_ALL: "C" } };
  await run(
    join(bin, "initdb"),
    ["-D", data, "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8"],
    options,
  );
  execFileSync(
    "sh",
    [
      "-c",
      `printf 'local all all trust\\nhost all owner 127.0.0.1/32 trust\\nhost all all 127.0.0.1/32 scram-sha-256\\n' > ${data}/pg_hba.conf`,
    ],
    options,
  );
  const child = spawn(
    join(bin, "postgres"),
    [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=${dir}`,
      "-c",
      "fsync=off",
    ],
    { ...options, stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const query = async (sql: string) => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "owner", database: "postgres" });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for (let tries = 0; ; tries++) {
    try {
      await query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
      return { port, user, password, query, stop };
    } catch (error) {
      if (tries > 100) {
        await stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
