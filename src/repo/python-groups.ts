import { BugError } from "../lib/errors.ts";
import type { Part, PythonGroup } from "../spec/part.ts";

const nameOf = (pin: string): string =>
  (pin.split("==")[0] ?? pin)
    .replace(/\[.*\]/, "")
    .toLowerCase()
    .replaceAll("_", "-");

const mergePins = (group: string, pins: readonly string[]): readonly string[] => {
  const byName = new Map<string, string>();
  for (const pin of pins) {
    const known = byName.get(nameOf(pin));
    if (known !== undefined && known !== pin) {
      throw new BugError("PIN_CONFLICT", `group ${group} wants both ${known} and ${pin}`);
    }
    byName.set(nameOf(pin), pin);
  }
  return [...byName.values()].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
};

/** The dependency groups of all parts in use, each with its merged exact pins. BugError PIN_CONFLICT when two parts disagree. */
export const mergePythonGroups = (parts: readonly Part[]): ReadonlyMap<string, PythonGroup> => {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part.python)))].sort();
  return new Map(
    names.map((name) => {
      const groups = parts.flatMap((part) => part.python[name] ?? []);
      return [
        name,
        {
          direct: [
            ...mergePins(
              name,
              groups.flatMap((group) => group.direct),
            ),
          ],
          lock: [
            ...mergePins(
              name,
              groups.flatMap((group) => group.lock),
            ),
          ],
        },
      ];
    }),
  );
};
