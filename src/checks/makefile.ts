/** One rule of a Makefile: its target and the line it stands on. */
export interface MakeRule {
  readonly target: string;
  readonly line: number;
  readonly recipe: readonly string[];
}

const RULE = /^([A-Za-z0-9_.\-/%$() ]+?)\s*:(?![=:])/;

/** The rules of a Makefile, special targets such as .PHONY left out. */
export const makeRules = (text: string): readonly MakeRule[] => {
  const rules: { target: string; line: number; recipe: string[] }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("\t")) rules.at(-1)?.recipe.push(line.slice(1));
    const names = RULE.exec(line)?.[1];
    if (names === undefined || line.startsWith("#")) continue;
    for (const target of names.split(/\s+/).filter((name) => !name.startsWith(".")))
      rules.push({ target, line: index + 1, recipe: [] });
  }
  return rules;
};

/** Lines that are neither rule, recipe, assignment, directive, comment nor blank. */
export const strayLines = (text: string): readonly number[] => {
  const known =
    /^(\s*(#|$)|\t|(export|unexport|override|include|-include|sinclude|define|endef|ifeq|ifneq|ifdef|ifndef|else|endif|vpath)\b|[^\t#=]+?\s*(\?|\+|:|::|!)?=|[^:\n]+:)/;
  let continued = false;
  return text.split("\n").flatMap((line, index) => {
    const stray = !continued && !known.test(line);
    continued = line.endsWith("\\");
    return stray ? [index + 1] : [];
  });
};
