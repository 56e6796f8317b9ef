import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox } from "../../src/checks/sandbox/create-sandbox.ts";
import type { SandboxProbe, SandboxRan, SandboxRequest } from "../../src/checks/sandbox/types.ts";
import { systemClock } from "../../src/lib/clock.ts";

/** What every kind of isolation must hold, by trying to break out of it. `probe` must be of a kind that isolates. */
export const sandboxContract = (probe: SandboxProbe): void => {
  let home: string;
  let work: string;
  const run = async (script: string, more: Partial<SandboxRequest> = {}): Promise<SandboxRan> => {
    const sandbox = createSandbox({ probe, folder: join(home, "sandbox"), clock: systemClock });
    const outcome = await sandbox.run({
      command: "/bin/sh",
      args: ["-c", script],
      cwd: work,
      origin: "model",
      consent: false,
      ...more,
    });
    if (outcome.status === "refused") throw new Error(outcome.why);
    return outcome;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "mlpipeline-home-"));
    work = join(home, "attempts", "one");
    await mkdir(work, { recursive: true });
    await mkdir(join(home, ".ssh"));
    await writeFile(join(home, "mlpipeline.db"), "the database");
    await writeFile(join(home, "secret.key"), "the key");
    await writeFile(join(home, ".ssh", "id_ed25519"), "a private key");
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  describe("files", () => {
    test("a program writes in its own folder and the file is there afterwards", async () => {
      expect(await run("echo made > made.txt; pwd")).toMatchObject({
        exitCode: 0,
        stdout: "/mlpipeline-work\n",
      });
      expect(await readFile(join(work, "made.txt"), "utf8")).toBe("made\n");
    });

    test.each(["mlpipeline.db", "secret.key", ".ssh/id_ed25519"])(
      "the home's %s cannot be read",
      async (name) => {
        const outcome = await run(`cat ${join(home, name)}`);
        expect(outcome.exitCode).not.toBe(0);
        expect(outcome.stdout).toBe("");
        expect(await readFile(join(home, name), "utf8")).not.toBe("");
      },
    );

    test("the home of the person who runs it is empty inside", async () => {
      const outcome = await run(`ls -A ${homedir()} /home 2>/dev/null | grep -v : | tr -d '\\n'`);
      expect(outcome.stdout).toBe("");
    });

    test("nothing outside its folder and /tmp can be written", async () => {
      const outcome = await run(
        `for place in / /usr /etc /root /dev; do (echo x > "$place/x") 2>/dev/null && echo "$place"; done; true`,
      );
      expect(outcome.stdout).toBe("");
      await run(`echo x > ${join(home, "planted")}`);
      await expect(readFile(join(home, "planted"))).rejects.toThrow();
    });

    // Asked, never tried: these settings are the whole machine's.
    test("the machine's settings cannot be written", async () => {
      const outcome = await run(
        "for place in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys; do [ -w $place ] && echo $place; done; true",
      );
      expect(outcome.stdout).toBe("");
    });

    test("what is written to /tmp is gone in the next run and never reaches the host", async () => {
      await run("echo left > /tmp/left-behind");
      expect((await run("ls /tmp")).stdout).toBe("");
      await expect(readFile("/tmp/left-behind")).rejects.toThrow();
    });

    test("a read-only path is seen at its place and cannot be changed", async () => {
      const shown = join(home, "shown");
      await mkdir(shown, { recursive: true });
      await writeFile(join(shown, "file"), "seen");
      const script = `cat ${shown}/file; (echo x > ${shown}/file); mount -o remount,rw,bind ${shown}; (echo x > ${shown}/file); true`;
      const outcome = await run(script, { readOnly: [shown] });
      expect(outcome.stdout).toBe("seen");
      expect(await readFile(join(shown, "file"), "utf8")).toBe("seen");
    });
  });

  describe("processes and sockets", () => {
    test("no other process and no environment of one can be seen", async () => {
      const other = spawn("sleep", ["30"], {
        env: { PATH: "/usr/bin:/bin", PLANTED: "planted-token-5521" },
      });
      try {
        const outcome = await run(
          "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]* | wc -l",
        );
        expect(outcome.stdout).not.toContain("planted-token-5521");
        expect(Number(outcome.stdout.trim().split("\n").at(-1))).toBeLessThan(10);
      } finally {
        other.kill();
      }
    });

    test("the environment holds what the run was given and nothing of ours", async () => {
      process.env.PLANTED_SECRET = "planted-secret-7731";
      const outcome = await run("env", { env: { GIVEN: "given" } });
      delete process.env.PLANTED_SECRET;
      expect(outcome.stdout).toContain("GIVEN=given");
      expect(outcome.stdout).not.toContain("planted-secret-7731");
    });

    test("a port of the machine cannot be reached, while a loopback of its own works", async () => {
      const server = createServer((socket) => socket.end("reached\n")).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const perl = (code: string) => `perl -MIO::Socket::INET -e '${code}'`;
      const outcome = await run(
        [
          perl(
            `print IO::Socket::INET->new(PeerAddr=>"127.0.0.1:${port}",Timeout=>2) ? "reached" : "closed"`,
          ),
          perl(
            `my $s=IO::Socket::INET->new(Listen=>1,LocalAddr=>"127.0.0.1:0") or die; print IO::Socket::INET->new(PeerAddr=>"127.0.0.1:".$s->sockport) ? " own" : " none"`,
          ),
        ].join("; "),
      );
      server.close();
      expect(outcome.stdout).toBe("closed own");
    });

    test("no capability is left and no namespace can be made to get one back", async () => {
      const outcome = await run(
        "grep -E 'CapEff|CapBnd' /proc/self/status; unshare --user --map-root-user id",
      );
      expect(outcome.stdout).toBe(`CapEff:\t${"0".repeat(16)}\nCapBnd:\t${"0".repeat(16)}\n`);
      expect(outcome.exitCode).not.toBe(0);
    });
  });

  describe("limits", () => {
    test("a program that does not end is killed at its wall time, with its children", async () => {
      const outcome = await run("sleep 29.125 & sleep 29.125", { limits: { wallMs: 500 } });
      expect(outcome).toMatchObject({ stopped: "time" });
      expect(outcome.durationMs).toBeLessThan(3000);
      const left = await run("true");
      expect(left.exitCode).toBe(0);
    });

    // Whether the kernel refuses further processes or the look from outside ends it: the machine must not fill up.
    test("a fork bomb is held and the machine goes on", async () => {
      const count = async () =>
        (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).length;
      const before = await count();
      let most = before;
      const look = setInterval(async () => {
        most = Math.max(most, await count());
      }, 20);
      const outcome = await run("bomb() { echo forked >&2; bomb | bomb & }; bomb; sleep 10", {
        limits: { wallMs: 2000, processes: 64 },
      });
      clearInterval(look);
      expect(outcome.durationMs).toBeLessThan(6000);
      expect(outcome.stderr.split("\n").filter((line) => line === "forked").length).toBeGreaterThan(
        5,
      );
      expect(most - before).toBeLessThan(600);
      expect((await run("echo on")).stdout).toBe("on\n");
    });

    test("memory beyond the limit is not to be had", async () => {
      const outcome = await run(`perl -e 'my @a; push @a, "x" x 10_000_000 while 1'`, {
        limits: { wallMs: 20_000, memoryMb: 200 },
      });
      expect(outcome.stopped).toBe("memory");
    });

    test("endless output is cut and the program killed", async () => {
      const outcome = await run("yes", { limits: { wallMs: 10_000, outputKb: 16 } });
      expect(outcome).toMatchObject({ stopped: "output", truncated: true });
      expect(outcome.stdout.length).toBe(16 * 1024);
    });

    test("a file larger than allowed is not written", async () => {
      const outcome = await run("head -c 3000000 /dev/zero > big; wc -c < big; rm big", {
        limits: { fileMb: 1 },
      });
      expect(Number(outcome.stdout)).toBeLessThanOrEqual(1024 * 1024);
    });

    test("cancelling ends the program", async () => {
      const cancel = new AbortController();
      const running = run("sleep 29", { signal: cancel.signal });
      setTimeout(() => cancel.abort(), 300);
      expect((await running).stopped).toBe("cancelled");
    });

    test("exit code, both streams and whole lines come back", async () => {
      const lines: string[] = [];
      const outcome = await run("printf 'one\\ntw'; printf 'o\\n'; echo three >&2; exit 3", {
        onLine: (line, stream) => lines.push(`${stream} ${line}`),
      });
      expect(outcome).toMatchObject({
        exitCode: 3,
        stdout: "one\ntwo\n",
        stderr: "three\n",
        stopped: null,
      });
      expect(lines.sort()).toEqual(["stderr three", "stdout one", "stdout two"]);
    });
  });
};
