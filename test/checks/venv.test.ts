import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installEnvironment } from "../../src/checks/install-environment.ts";
import { createVenvs } from "../../src/checks/venv.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createBench } from "../support/check-input.ts";

const bench = await createBench();
const wheels = await mkdtemp(join(tmpdir(), "mlpipeline-wheels-"));
let home: string;
afterAll(async () => {
  await bench.dispose();
  await rm(wheels, { recursive: true, force: true });
});

// A wheel is a zip archive: one is made here, so that no test needs a package index.
const MAKE_WHEEL = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/planted_package-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("planted_package.py", "ANSWER = 42\\n")
    wheel.writestr("planted_package-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: planted-package\\nVersion: 1.0\\n")
    wheel.writestr("planted_package-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("planted_package-1.0.dist-info/RECORD", "planted_package.py,,\\nplanted_package-1.0.dist-info/METADATA,,\\nplanted_package-1.0.dist-info/WHEEL,,\\nplanted_package-1.0.dist-info/RECORD,,\\n")
`;
const LOCK = "planted-package==1.0\n";

beforeAll(async () => {
  if (bench.python.ok) execFileSync(bench.python.path, ["-c", MAKE_WHEEL, wheels]);
});

const venvs = async (more = {}) => {
  home = await mkdtemp(join(bench.home, "home-"));
  return createVenvs({
    home,
    sandbox: bench.sandbox,
    python: bench.python,
    install: true,
    consent: false,
    clock: systemClock,
    hostEnv: { PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels, SLACK_TOKEN: "planted-secret" },
    ...more,
  });
};
const request = (lock = LOCK, progress: (text: string) => void = () => undefined) => ({
  lock,
  group: "core",
  signal: new AbortController().signal,
  progress,
});

describe("an environment", () => {
  test("is built from its lock, once for several that ask at the same time, and serves in the sandbox", async () => {
    const build = await venvs();
    const said: string[] = [];
    const say = (text: string) => said.push(text);
    const [one, two] = await Promise.all([build(request(LOCK, say)), build(request(LOCK, say))]);
    expect(one).toMatchObject({ ok: true });
    expect(two).toEqual(one);
    expect(said.filter((text) => /creating/.test(text))).toHaveLength(1);
    expect(await build(request(LOCK, say))).toEqual(one);
    expect(said.filter((text) => /creating/.test(text))).toHaveLength(1);
    if (!one.ok || !bench.python.ok) throw new Error("not built");
    const outcome = await bench.sandbox.run({
      command: one.python,
      args: ["-c", "import planted_package; print(planted_package.ANSWER)"],
      cwd: home,
      readOnly: [one.dir, bench.python.prefix],
      origin: "model",
      consent: false,
    });
    expect(outcome).toMatchObject({ status: "ran", stdout: "42\n" });
  }, 60_000);

  test("whose packages cannot be had leaves nothing behind and says why", async () => {
    const build = await venvs();
    const outcome = await build(request("no-such-package==9.9\n"));
    expect(outcome).toMatchObject({ ok: false, why: expect.stringMatching(/no-such-package/) });
    expect(await readdir(join(home, "venvs"))).toEqual([]);
  }, 60_000);

  test("that a builder left half done is built anew", async () => {
    const build = await venvs();
    const first = await build(request());
    if (!first.ok) throw new Error(first.why);
    await rm(join(first.dir, ".ready"));
    await writeFile(join(first.dir, "half"), "done");
    expect(await build(request())).toEqual(first);
    expect(await readdir(first.dir)).not.toContain("half");
    expect(await readFile(join(first.dir, ".ready"), "utf8")).toMatch(/^3\./);
  }, 60_000);

  test("is not built where installing is switched off, and one that is ready still serves", async () => {
    const closed = await (await venvs({ install: false }))(request());
    expect(closed).toMatchObject({ ok: false, why: expect.stringContaining("sandbox.install") });
    const build = await venvs();
    const built = await build(request());
    const again = createVenvs({
      home,
      sandbox: bench.sandbox,
      python: bench.python,
      install: false,
      consent: false,
      clock: systemClock,
      hostEnv: {},
    });
    expect(await again(request())).toEqual(built);
  }, 60_000);

  test.each([
    "--index-url=http://elsewhere\n",
    "-e .\n",
    "git+https://example.org/x\n",
    "numpy\n",
    "/tmp/x.whl\n",
  ])("is not built from a lock that holds %j", async (lock) => {
    const build = await venvs();
    expect(await build(request(lock))).toMatchObject({
      ok: false,
      why: expect.stringContaining("name==version"),
    });
  });
});

test("installing sees pip's settings and certificates of the machine, and no other variable", async () => {
  const settings = join(bench.home, ".config", "pip");
  await mkdir(settings, { recursive: true });
  await writeFile(join(settings, "pip.conf"), "[global]\n");
  const passed = await installEnvironment({
    HOME: bench.home,
    PIP_INDEX_URL: "https://packages.example.org/simple",
    PIP_TARGET: "/elsewhere",
    SSL_CERT_FILE: "/certs/all.pem",
    https_proxy: "http://proxy:3128",
    SLACK_TOKEN: "planted-secret",
    AWS_SECRET_ACCESS_KEY: "planted-secret",
  });
  expect(passed.env).toEqual({
    PIP_INDEX_URL: "https://packages.example.org/simple",
    SSL_CERT_FILE: "/certs/all.pem",
    https_proxy: "http://proxy:3128",
    PIP_CONFIG_FILE: join(settings, "pip.conf"),
  });
  expect(passed.readOnly).toContain("/certs/all.pem");
});
