import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SimpleGit } from "simple-git";

const OID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

// A ref that has a file of its own is what that file says, whatever packed-refs holds (gitrepository-layout). Reading it spares a
// process, and a run asks some forty times.
const looseRef = async (dir: string, ref: string): Promise<string | null> => {
  const text = await readFile(join(dir, ".git", ref), "utf8").catch(() => "");
  return OID.test(text.trim()) ? text.trim() : null;
};

/** The commit that a full ref name (`refs/heads/…`) points at in the repository in `dir`, or null where it is not there. */
export const readCommitRef = async (
  git: SimpleGit,
  dir: string,
  ref: string,
): Promise<string | null> => {
  const loose = ref.startsWith("refs/heads/") ? await looseRef(dir, ref) : null;
  if (loose !== null) return loose;
  try {
    const oid = (await git.raw(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`])).trim();
    return oid === "" ? null : oid;
  } catch {
    return null; // git answers an unknown name with an error: here that means "not there"
  }
};

/** The object that a ref names, which for an annotated tag is the tag itself. Git's error where it is not there. */
export const readRef = async (git: SimpleGit, dir: string, ref: string): Promise<string> =>
  (await looseRef(dir, ref)) ?? (await git.raw(["rev-parse", ref])).trim();

/** The full name of the branch that is checked out in `dir`; empty where none is. */
export const checkedOut = async (git: SimpleGit, dir: string): Promise<string> => {
  const text = await readFile(join(dir, ".git", "HEAD"), "utf8").catch(() => "");
  const name = /^ref: (refs\/heads\/\S+)\n?$/.exec(text)?.[1];
  // A repository in the reftable format keeps a HEAD that names no branch for readers such as this one.
  return (
    (name?.endsWith("/.invalid") ? undefined : name) ??
    (await git.raw(["symbolic-ref", "--quiet", "HEAD"])).trim()
  );
};
