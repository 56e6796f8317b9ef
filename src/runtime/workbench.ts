import { join } from "node:path";
import { findPython } from "../checks/python.ts";
import { createSandbox } from "../checks/sandbox/create-sandbox.ts";
import { probeSandbox } from "../checks/sandbox/probe-sandbox.ts";
import { createTools } from "../checks/tools.ts";
import { createVenvs } from "../checks/venv.ts";
import { systemClock } from "../lib/clock.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { Workbench } from "./deps.ts";

/** What of the machine the workbench is made from. */
interface Machine {
  readonly homeDir: string;
  readonly path: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workspace: Pick<WorkspaceConfig, "sandbox">;
}

/** Finds Python, sandbox and tools once, when the first attempt asks for them. */
export const createWorkbench = (config: Machine): (() => Promise<Workbench>) => {
  const make = async (): Promise<Workbench> => {
    const { install } = config.workspace.sandbox;
    const home = config.environment.HOME ?? "/";
    const python = await findPython({ path: config.path, home });
    const folder = join(config.homeDir, "sandbox");
    const probe = await probeSandbox({
      path: config.path,
      folder,
      clock: systemClock,
      uid: process.getuid?.() ?? 0,
    });
    const sandbox = createSandbox({ probe, folder, clock: systemClock });
    const venvs = createVenvs({
      home: config.homeDir,
      sandbox,
      python,
      install,
      consent: config.workspace.sandbox.without_isolation,
      hostEnv: config.environment,
      clock: systemClock,
    });
    return { sandbox, python, tools: createTools({ path: config.path }), buildVenv: venvs };
  };
  let made: Promise<Workbench> | null = null;
  return () => {
    made ??= make();
    return made;
  };
};
