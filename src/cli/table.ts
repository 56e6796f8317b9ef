const width = (text: string): number => [...text].length;

const pad = (text: string, to: number): string => text + " ".repeat(Math.max(0, to - width(text)));

// A cell comes from people or data: control and direction characters must not reach the terminal.
const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, " ");

/** Columns lined up by spaces, the first row being the head. Rows may be shorter than the head. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const cells = rows.map((row) => row.map(clean));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...cells.map((row) => width(row[at] ?? ""))),
  );
  return cells
    .map((row) =>
      row
        .map((cell, at) => pad(cell, widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

/** One line per item, indented, or nothing for an empty list. */
export const bullets = (items: readonly string[]): string =>
  items.map((item) => `  - ${clean(item)}`).join("\n");
