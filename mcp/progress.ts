import type { ServerContext } from "@modelcontextprotocol/server";

const EVERY_MS = 2_000;

/** Does the work and, where the client asked for it, says every two seconds that it goes on. Nothing is said after the result. */
export const withProgress = async <T>(
  { mcpReq }: ServerContext,
  title: string,
  work: () => Promise<T>,
): Promise<T> => {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return work();
  let told = 0;
  const tell = () => {
    told += 1;
    const message = `${title}: ${(told * EVERY_MS) / 1000} s`;
    mcpReq
      .notify({
        method: "notifications/progress",
        params: { progressToken, progress: told, message },
      })
      .catch(() => {}); // the client has gone; the call's own signal says so
  };
  const timer = setInterval(tell, EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
