import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findPython } from "../../src/checks/python.ts";
import { createTools } from "../../src/checks/tools.ts";

const folder = await mkdtemp(join(tmpdir(), "mlpipeline-python-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const program = async (bin: string, name: string, text: string) => {
  await mkdir(join(folder, bin), { recursive: true });
  await writeFile(join(folder, bin, name), text);
  await chmod(join(folder, bin, name), 0o755);
};

test("a machine without Python is told so", async () => {
  expect(await findPython({ path: join(folder, "nothing"), home: folder })).toMatchObject({
    ok: false,
    why: expect.stringContaining("no Python was found"),
  });
});

test("a Python below 3.11 is not enough, and its version is named", async () => {
  await program("old", "python3", `#!/bin/sh\nprintf '3.9.2\\n/usr\\n/usr/bin/env\\n'\n`);
  expect(await findPython({ path: join(folder, "old"), home: folder })).toMatchObject({
    ok: false,
    why: expect.stringContaining("python3 is 3.9.2"),
  });
});

test("a program that only claims to be Python by its name is passed over", async () => {
  await program("false", "python3.13", "#!/bin/sh\necho hello\n");
  expect(await findPython({ path: join(folder, "false"), home: folder })).toMatchObject({
    ok: false,
  });
});

test("the interpreter that was found lies in its own installation, behind any shim", async () => {
  const found = await findPython({ path: process.env.PATH ?? "", home: process.env.HOME ?? "/" });
  if (!found.ok) return expect(found.why).toMatch(/3\.11/);
  expect(found.path.startsWith(found.prefix)).toBe(true);
  expect(found.path).not.toMatch(/shims/);
});

test("a tool is found with its version, and one that is absent is null", async () => {
  await program("tools", "promtool", "#!/bin/sh\necho 'promtool, version 9.8.7'\n");
  const tools = createTools({ path: `${join(folder, "tools")}:/usr/bin:/bin` });
  expect(await tools.find("promtool")).toEqual({
    name: "promtool",
    path: join(folder, "tools", "promtool"),
    version: "9.8.7",
    readOnly: [join(folder, "tools", "promtool"), join(folder, "tools", "promtool")],
  });
  expect(await tools.find("no-such-tool")).toBeNull();
});
