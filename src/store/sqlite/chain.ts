import type { Actor } from "../../engine/command.ts";
import type { LoggedEvent, RunEvent } from "../../engine/event.ts";
import { BugError } from "../../lib/errors.ts";
import { canonicalJson, sha256 } from "../../lib/hash.ts";
import type { event } from "../tables/log.ts";

export const FIRST_PREV = "0".repeat(64);

/** Version of every event type that this program writes. A type that changes its body gets an upcaster in `readBody`. */
export const EVENT_VERSION = 1;

/** A row of the log as it is stored: `actor` and `body` are texts. */
export type EventRow = typeof event.$inferSelect;
type Unhashed = Omit<EventRow, "pos" | "hash">;

/** sha256(prev ‖ canonical JSON of the other columns); the columns `actor` and `body` are texts, so not one byte of them can change. */
export const hashOf = ({ prev, ...row }: Unhashed): string =>
  sha256(
    prev +
      canonicalJson({
        run_id: row.runId,
        seq: row.seq,
        type: row.type,
        v: row.v,
        at: row.at,
        actor: row.actor,
        cause: row.cause,
        body: row.body,
      }),
  );

/** What does not hold about a row that should follow (seq, hash); null: all is well. */
export const linkFault = (row: EventRow, seq: number, prev: string): string | null => {
  if (row.seq !== seq + 1) return `expected seq ${seq + 1}, got ${row.seq}`;
  if (row.prev !== prev) return "does not follow from the event before it";
  const { pos: _pos, hash, ...rest } = row;
  return hashOf(rest) === hash ? null : "its content does not match its hash";
};

const readBody = (row: EventRow): RunEvent => {
  if (row.v !== EVENT_VERSION)
    throw new BugError("EVENT_VERSION_UNKNOWN", `no upcaster for ${row.type} v${row.v}`);
  const body = JSON.parse(row.body) as RunEvent;
  if (body.type !== row.type)
    throw new BugError("EVENT_TYPE_DIFFERS", `column says ${row.type}, body ${body.type}`);
  return body;
};

export const toLogged = (row: EventRow): LoggedEvent => ({
  runId: row.runId,
  seq: row.seq,
  v: row.v,
  at: row.at,
  actor: JSON.parse(row.actor) as Actor,
  cause: row.cause,
  body: readBody(row),
  prev: row.prev,
  hash: row.hash,
});
