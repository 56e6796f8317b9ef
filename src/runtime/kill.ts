/** Called at each named instruction where a crash must lose nothing. In the product it does nothing but for the kill tests. */
export type KillPoint = (name: string) => void;

/**
 * Ends the process with SIGKILL at the n-th pass of the point named by `at` ("submit.stored" or "submit.stored:3").
 * `undefined` gives a point that never fires.
 */
export const createKillPoint = (at: string | undefined, kill: () => void): KillPoint => {
  if (at === undefined || at === "") return () => {};
  const [name, count] = at.split(":");
  const passes = { left: Number(count ?? "1") };
  return (point) => {
    if (point !== name) return;
    passes.left -= 1;
    if (passes.left === 0) kill();
  };
};
