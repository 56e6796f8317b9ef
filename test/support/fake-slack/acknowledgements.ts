import type { WebSocket } from "ws";
import { ACK_MS, type Outcome } from "./transport.ts";
import type { Workspace } from "./workspace.ts";

interface Waiting {
  readonly socket: WebSocket;
  readonly end: (outcome: Outcome) => void;
}

export const lost = (reason: string): Outcome => ({ acked: false, reason, noRetry: false });

/** Waits for acknowledgements: by envelope, three seconds each, lost with their socket. */
export const createAcknowledgements = (workspace: Workspace) => {
  const waiting = new Map<string, Waiting>();
  return {
    expect: (id: string, socket: WebSocket): Promise<Outcome> =>
      new Promise((resolve) => {
        const cancel = workspace.clock.after(ACK_MS, () => waiting.get(id)?.end(lost("timeout")));
        waiting.set(id, {
          socket,
          end: (outcome) => {
            cancel();
            waiting.delete(id);
            resolve(outcome);
          },
        });
      }),
    take: (id: string, socket: WebSocket, payload: unknown): void => {
      const one = waiting.get(id);
      if (one?.socket === socket) one.end({ acked: true, payload: payload ?? {} });
    },
    loseAll: (socket: WebSocket): void => {
      for (const one of [...waiting.values()])
        if (one.socket === socket) one.end(lost("connection_failed"));
    },
  };
};
