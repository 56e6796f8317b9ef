import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const read = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ENOENT") return null;
    throw error;
  }
};

/**
 * The home's own key (`secret.key`, mode 0600), made on first use; 64 hexadecimal digits. Of two processes that make it at once the
 * first one's stays: a link never replaces what is there.
 */
export const secretKey = (home: string, newName: () => string): string => {
  const file = join(home, "secret.key");
  const known = read(file);
  if (known !== null) return known;
  mkdirSync(home, { recursive: true });
  const draft = `${file}.${newName()}`;
  writeFileSync(draft, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(file) ?? "";
};
