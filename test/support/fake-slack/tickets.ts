import type { Workspace } from "./workspace.ts";

const TICKET_MS = 30_000;

/** Tickets to open a socket with: each works once, within half a minute. */
export const createTickets = (workspace: Workspace) => {
  const tickets = new Map<string, number>();
  return {
    create: (): string => {
      const ticket = workspace.newId("ticket");
      tickets.set(ticket, workspace.clock.nowMs() + TICKET_MS);
      return ticket;
    },
    use: (ticket: string): boolean => {
      const untilMs = tickets.get(ticket) ?? 0;
      tickets.delete(ticket);
      return workspace.clock.nowMs() < untilMs;
    },
  };
};
