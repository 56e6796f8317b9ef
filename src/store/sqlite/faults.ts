import { ConfigError, isProductError, messageOf, RetryableError } from "../../lib/errors.ts";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

const UNWRITABLE =
  /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT)/;

/** What a fault of the driver or the disk means for the caller. Anything that is not such a fault comes back as it is. */
export const translateFault = (error: unknown, place: string): unknown => {
  if (isProductError(error)) return error;
  const code = codeOf(error);
  const detail = { cause: error, got: messageOf(error) };
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code))
    return new RetryableError("DISK_FULL", `no space left for ${place}; nothing was written`, {
      ...detail,
      retryAfterMs: 30_000,
      next: "free some space on that disk; the work goes on by itself",
    });
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return new RetryableError("DB_BUSY", `another process is writing to ${place}`, {
      ...detail,
      retryAfterMs: 250,
    });
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return new ConfigError("DB_CORRUPT", `${place} is not a sound database file`, {
      ...detail,
      next: "keep a copy of the file, then put back a backup; `mlpipeline verify` checks it",
    });
  if (UNWRITABLE.test(code))
    return new ConfigError("HOME_NOT_WRITABLE", `cannot write to ${place}`, {
      ...detail,
      next: "give this user write access to that folder, or set MLPIPELINE_HOME to one that is writable",
    });
  return error;
};

/** Runs `work` and rejects with what its fault means. `place` is the file that a person would look at. */
export const guarded = async <T>(place: string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw translateFault(error, place);
  }
};
