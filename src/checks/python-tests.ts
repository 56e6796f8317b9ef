import { parser } from "@lezer/python";

/** One thing that a test asserts, as text without white space, and the same with its constants taken out. */
export interface Assertion {
  readonly text: string;
  readonly shape: string;
  readonly line: number;
  /** Conditions, loops and handlers it stands in. */
  readonly guards: number;
  /** A bound that may only get tighter: the constant of a comparison, or a tolerance. */
  readonly bounds: readonly {
    readonly of: string;
    readonly value: number;
    readonly upper: boolean;
  }[];
}

/** One test function. `name` is Class.function or function. */
export interface PythonTest {
  readonly name: string;
  readonly line: number;
  readonly assertions: readonly Assertion[];
  /** Cases of its parametrize marks, multiplied. */
  readonly cases: number;
  /** Why it may not run: skip, xfail, an early return, a condition that is never true. */
  readonly skips: readonly string[];
}

export interface PythonTests {
  readonly tests: readonly PythonTest[];
  /** What keeps tests of the whole file, or others, from running. */
  readonly skips: readonly string[];
}

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree["topNode"];

interface Source {
  readonly text: string;
  readonly of: (node: Node) => string;
  readonly line: (node: Node) => number;
}

const childrenOf = (node: Node): readonly Node[] => {
  const found: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
};

const within = (node: Node, wanted: (name: string) => boolean): readonly Node[] =>
  childrenOf(node).flatMap((child) => [
    ...(wanted(child.name) ? [child] : []),
    // A function inside a function runs only when it is called: its asserts do not count.
    ...(child.name === "FunctionDefinition" ? [] : within(child, wanted)),
  ]);

const flat = (text: string): string => text.replace(/\s+/g, "");
const shapeOf = (text: string): string =>
  flat(text)
    .replace(
      /(?:[rbuf]{0,2})("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/gi,
      "§",
    )
    .replace(/(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?/gi, "#");

const numberOf = (text: string): number | null => {
  const value = Number(text.replaceAll("_", ""));
  return text !== "" && Number.isFinite(value) ? value : null;
};

/** Constants of `a < 0.5` (upper) and `a > 0.5` (lower), and tolerances of approx, isclose and their kin (upper). */
const boundsOf = (node: Node, source: Source): Assertion["bounds"] => {
  const bounds: { of: string; value: number; upper: boolean }[] = [];
  for (const one of within(node, (name) => name === "BinaryExpression")) {
    const parts = childrenOf(one);
    const [left, operator, right] = parts;
    const sign = operator ? source.of(operator) : "";
    if (!left || !right || operator?.name !== "CompareOp" || !/^[<>]=?$/.test(sign)) continue;
    const [low, high] = [numberOf(source.of(left)), numberOf(source.of(right))];
    if (high !== null)
      bounds.push({ of: shapeOf(source.of(left)), value: high, upper: sign.startsWith("<") });
    else if (low !== null)
      bounds.push({ of: shapeOf(source.of(right)), value: low, upper: sign.startsWith(">") });
  }
  for (const [, name = "", value = ""] of source
    .of(node)
    .matchAll(/\b(abs|rel|atol|rtol|abs_tol|rel_tol|delta)\s*=\s*([\d._e+-]+)/gi))
    bounds.push({ of: name, value: Number(value), upper: true });
  return bounds;
};

const GUARD = /^(?:If|While|For|Try|Match)Statement$|^ConditionalExpression$/;

const guardsOf = (node: Node): number => {
  let guards = 0;
  for (let at = node.parent; at !== null && at.name !== "FunctionDefinition"; at = at.parent)
    if (GUARD.test(at.name)) guards += 1;
  return guards;
};

const assertionFrom = (node: Node, source: Source): Assertion => {
  const parts = childrenOf(node).filter(({ name }) => name !== "," && name !== "assert");
  const [first] = node.name === "AssertStatement" ? parts : [node];
  const tested = first ?? node;
  const text = source.of(tested);
  return {
    text: flat(text),
    shape: shapeOf(text),
    line: source.line(node),
    guards: guardsOf(node),
    bounds: boundsOf(node, source),
  };
};

const RAISES =
  /(?:^|\.)(?:raises|warns|deprecated_call|assertRaises|assertRaisesRegex|assertWarns|assertLogs)$/;
const ASSERTS = /(?:^|\.)(?:assert_\w+|assert[A-Z]\w*)$/;

const calleeOf = (node: Node, source: Source): string =>
  source.of(node).split("(")[0]?.trim() ?? "";

const assertionsIn = (body: Node, source: Source): readonly Assertion[] =>
  within(body, (name) => name === "AssertStatement" || name === "CallExpression")
    .filter(
      (node) =>
        node.name === "AssertStatement" ||
        RAISES.test(calleeOf(node, source)) ||
        ASSERTS.test(calleeOf(node, source)),
    )
    .map((node) => assertionFrom(node, source));

const SKIP_CALL =
  /\b(?:pytest\s*\.\s*)?(?:skip|xfail|importorskip|exit)\s*\(|\bself\.skipTest\s*\(|\bunittest\.skip|\bos\._exit\s*\(|\bsys\.exit\s*\(/;
const SKIP_MARK = /\b(?:skip|skipif|xfail|skipIf|skipUnless|expectedFailure)\b/;
const NEVER = /^(?:if|while)\s*\(?\s*(?:False|0|None|""|'')\s*\)?\s*:/;

const bodySkips = (body: Node, source: Source): readonly string[] => {
  const skips: string[] = [];
  for (const node of within(body, (name) =>
    ["CallExpression", "ReturnStatement", "IfStatement", "WhileStatement"].includes(name),
  )) {
    const text = source.of(node);
    if (node.name === "CallExpression" && SKIP_CALL.test(`${calleeOf(node, source)}(`))
      skips.push(flat(text).slice(0, 60));
    if (node.name === "ReturnStatement") skips.push("return");
    if (/^(?:If|While)/.test(node.name) && NEVER.test(text))
      skips.push("a condition that is never true");
  }
  if (/\bexcept\b[^\n]*:\s*\n?\s*pass\b/.test(source.of(body)))
    skips.push("an error that is passed over");
  return skips;
};

const casesOf = (decorators: readonly Node[], source: Source): number =>
  decorators
    .filter((one) => /\bparametrize\b/.test(source.of(one)))
    .reduce((cases, one) => {
      const list = within(one, (name) => name === "ArgList")[0];
      const values = list
        ? childrenOf(list).find(
            ({ name }) => name === "ArrayExpression" || name === "TupleExpression",
          )
        : undefined;
      // What is no literal list cannot be counted; it counts as one.
      const own = values
        ? childrenOf(values).filter(({ name }) => !/^[[\](),]$/.test(name) && name !== "Comment")
            .length
        : 1;
      return cases * Math.max(own, 0);
    }, 1);

const testFrom = (
  definition: Node,
  decorators: readonly Node[],
  prefix: string,
  source: Source,
): PythonTest | null => {
  const name = childrenOf(definition).find((child) => child.name === "VariableName");
  const body = childrenOf(definition).find((child) => child.name === "Body");
  if (!name || !body || !source.of(name).startsWith("test")) return null;
  const marks = decorators.map((one) => source.of(one)).filter((one) => SKIP_MARK.test(one));
  return {
    name: `${prefix}${source.of(name)}`,
    line: source.line(definition),
    assertions: assertionsIn(body, source),
    cases: casesOf(decorators, source),
    skips: [...marks.map((one) => flat(one).slice(0, 60)), ...bodySkips(body, source)],
  };
};

const definitionsIn = (body: Node, prefix: string, source: Source): readonly PythonTest[] =>
  childrenOf(body).flatMap((node): readonly PythonTest[] => {
    const parts = node.name === "DecoratedStatement" ? childrenOf(node) : [node];
    const decorators = parts.filter(({ name }) => name === "Decorator");
    const definition = parts.find(({ name }) => /^(?:Function|Class)Definition$/.test(name));
    if (definition?.name === "FunctionDefinition") {
      const test = testFrom(definition, decorators, prefix, source);
      return test === null ? [] : [test];
    }
    const inner = definition
      ? childrenOf(definition).find(({ name }) => name === "Body")
      : undefined;
    const named = definition
      ? childrenOf(definition).find(({ name }) => name === "VariableName")
      : undefined;
    if (!inner || !named || !source.of(named).startsWith("Test")) return [];
    const marks = decorators.map((one) => source.of(one)).filter((one) => SKIP_MARK.test(one));
    return definitionsIn(inner, `${source.of(named)}.`, source).map((test) => ({
      ...test,
      skips: [...marks.map(flat), ...test.skips],
    }));
  });

const FILE_SKIPS: readonly (readonly [string, RegExp])[] = [
  ["pytestmark skips the file", /^pytestmark\s*=.*\b(?:skip|skipif|xfail)\b/m],
  ["collect_ignore", /^collect_ignore(?:_glob)?\s*[+=]/m],
  [
    "a hook that changes what is collected or how it ends",
    /^\s*def\s+pytest_(?:collection_modifyitems|ignore_collect|collect_file|runtest_makereport|runtest_protocol|sessionfinish|pyfunc_call|itemcollected)\b/m,
  ],
  ["__test__ = False", /^\s*__test__\s*=\s*False/m],
  ["the file skips itself", /^(?:pytest\.)?(?:skip|importorskip|exit)\(/m],
  ["the file ends the process", /^(?:sys\.exit|os\._exit|raise SystemExit)\b/m],
];

/** The tests of one Python file and what they assert. What is no valid Python gives what could be read of it. */
export const readTests = (text: string): PythonTests => {
  const source: Source = {
    text,
    of: (node) => text.slice(node.from, node.to),
    line: (node) => text.slice(0, node.from).split("\n").length,
  };
  return {
    tests: definitionsIn(parser.parse(text).topNode, "", source),
    skips: FILE_SKIPS.filter(([, pattern]) => pattern.test(text)).map(([what]) => what),
  };
};
