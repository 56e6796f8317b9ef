// Who may import whom. A package list may grow, a folder list may not.
const T = "src/engine/(command|event|state)\\.ts$";
const LAYERS = {
  "src/lib": [[], []],
  "src/engine": [[], []],
  "src/spec": [[], ["yaml"]],
  "src/data": [[], ["@duckdb/node-api", "pg"]],
  "src/checks": [
    [T, "src/data/"],
    ["yaml", "smol-toml", "@lezer/python", "@lezer/common", "@duckdb/node-api"],
  ],
  "src/monitors": [
    [T, "src/data/"],
    ["@duckdb/node-api", "yaml"],
  ],
  "src/store": [["src/engine/"], ["drizzle-orm", "better-sqlite3"]],
  "src/repo": [["src/data/"], ["simple-git", "yaml"]],
  "src/agents": [
    ["src/engine/", "src/checks/", "src/data/"],
    ["eta", "yaml", "@anthropic-ai/sdk"],
  ],
  "src/alerts": [
    ["src/engine/", "src/monitors/", "src/store/"],
    ["echarts", "@resvg/resvg-js", "dejavu-fonts-ttf"],
  ],
  "src/runtime": [
    ["engine", "agents", "checks", "monitors", "alerts", "store", "data", "repo"].map(
      (f) => `src/${f}/`,
    ),
    ["node-cron"],
  ],
  "src/operations": [["src/engine/", "src/runtime/", "src/data/"], []],
  "src/slack": [["src/operations/", T], ["@slack/bolt"]],
  "src/cli": [
    ["src/operations/", T],
    ["commander", "log-update"],
  ],
  mcp: [
    ["src/operations/", T],
    ["@modelcontextprotocol/", "jose", "yaml"],
  ],
};
const base = (home) =>
  ({ "src/lib": [], "src/engine": ["src/lib/(errors|money|id|hash)\\.ts$"] })[home] ?? [
    "src/lib/",
    "src/spec/",
  ];
const ROOTS = "^(src/main|src/cli/main|mcp/main)\\.ts$";
const APP = "^src/app\\.ts$";
const rule = (name, from, to) => ({ name, severity: "error", from, to });

module.exports = {
  forbidden: [
    rule("no-cycles", {}, { circular: true }),
    rule("unresolvable", {}, { couldNotResolve: true }),
    rule("engine-is-pure", { path: "^src/engine/" }, { dependencyTypes: ["core"] }),
    rule(
      "only-roots-import-roots-and-app",
      { path: "^(src|mcp)/", pathNot: ROOTS },
      { path: [ROOTS, APP] },
    ),
    rule("app-knows-no-surface", { path: APP }, { path: "^(src/slack|src/cli|mcp)/" }),
    rule("no-test-code", { path: "^(src|mcp)/" }, { path: "^(test|bench)/" }),
    ...Object.entries(LAYERS).flatMap(([home, [folders, packages]]) => [
      rule(
        `layer:${home}`,
        { path: `^${home}/`, pathNot: ROOTS },
        {
          path: "^(src|mcp)/",
          pathNot: [`${home}/`, ...base(home), ...folders].map((p) => `^${p}`),
        },
      ),
      rule(
        `packages:${home}`,
        { path: `^${home}/`, pathNot: ROOTS },
        {
          path: "node_modules/",
          pathNot: [...packages, ...(home === "src/lib" ? [] : ["zod"])].map(
            (p) => `node_modules/${p}${p.endsWith("/") ? "" : "/"}`,
          ),
        },
      ),
    ]),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
