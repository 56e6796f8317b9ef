import type { ApiAnswer, ApiRequest, ForgeWorld } from "./world.ts";

const PULLS = /^\/repos\/([^/]+)\/([^/]+)\/pulls(?:\/(\d+))?$/;
const VERSIONS = ["2022-11-28"];
const MAX_BODY = 65_536;
const FIELDS = new Set(
  "title head base body draft maintainer_can_modify head_repo issue state".split(" "),
);

const invalid = (...errors: readonly object[]): ApiAnswer => ({
  status: 422,
  body: { message: "Validation Failed", errors, documentation_url: "https://docs.github.com/rest" },
});
const at = (field: string, code: string) => ({ resource: "PullRequest", field, code });
const custom = (message: string) => ({ resource: "PullRequest", code: "custom", message });

const refusal = (world: ForgeWorld, request: ApiRequest): ApiAnswer | null => {
  const { headers } = request;
  if (!headers["user-agent"])
    return { status: 403, body: { message: "Request forbidden by administrative rules." } };
  const version = headers["x-github-api-version"];
  if (version !== undefined && !VERSIONS.includes(version))
    return { status: 400, body: { message: "Invalid API version" } };
  if (headers.authorization !== `Bearer ${world.token}`)
    return { status: 401, body: { message: "Bad credentials" } };
  return null;
};

const open = (world: ForgeWorld, project: string, body: Record<string, unknown>): ApiAnswer => {
  const missing = ["head", "base", "title"].filter(
    (field) => typeof body[field] !== "string" || body[field] === "",
  );
  if (missing.length > 0) return invalid(...missing.map((field) => at(field, "missing_field")));
  const { base, head, title } = body as { base: string; head: string; title: string };
  const text = String(body.body ?? "");
  if (text.length > MAX_BODY) return invalid(custom(`body is too long (maximum is ${MAX_BODY})`));
  const facts = world.facts(project);
  if (facts.branch(base) === null) return invalid(at("base", "invalid"));
  if (facts.branch(head) === null) return invalid(at("head", "invalid"));
  const commits = facts.commitsBetween(base, head);
  if (commits === null)
    return invalid(custom(`The ${base} branch has no history in common with ${head}`));
  if (commits === 0) return invalid(custom(`No commits between ${base} and ${head}`));
  if (world.openRequest(project, head, base))
    return invalid(custom(`A pull request already exists for ${project.split("/")[0]}:${head}.`));
  const made = world.add({ project, head, base, title, body: text });
  return { status: 201, body: shape(world, project, made.number) };
};

const shape = (world: ForgeWorld, project: string, number: number) => {
  const request = world.requests.find((one) => one.project === project && one.number === number);
  return {
    number,
    state: request?.state,
    title: request?.title,
    body: request?.body,
    html_url: `${world.origin()}/${project}/pull/${number}`,
    head: { ref: request?.head },
    base: { ref: request?.base },
  };
};

const list = (world: ForgeWorld, project: string, query: URLSearchParams): ApiAnswer => {
  const [owner] = project.split("/");
  const head = query.get("head");
  // GitHub silently ignores a head without an owner and lists everything; here that is an error.
  if (head !== null && !head.startsWith(`${owner}:`)) return invalid(at("head", "invalid"));
  const found = world.requests.filter(
    (one) =>
      one.project === project &&
      one.state === (query.get("state") ?? "open") &&
      (head === null || `${owner}:${one.head}` === head) &&
      (!query.has("base") || one.base === query.get("base")),
  );
  return { status: 200, body: found.map((one) => shape(world, project, one.number)) };
};

/** GitHub's REST API for pull requests (docs.github.com/rest/pulls/pulls), as far as a client can get it wrong. */
export const answerGithub = (world: ForgeWorld, request: ApiRequest): ApiAnswer => {
  const refused = refusal(world, request);
  if (refused) return refused;
  const match = PULLS.exec(request.path);
  const project = `${match?.[1]}/${match?.[2]}`;
  if (!match || !world.facts(project).exists)
    return { status: 404, body: { message: "Not Found" } };
  const number = match[3] === undefined ? null : Number(match[3]);
  if (request.method === "GET" && number === null) return list(world, project, request.query);
  const body = request.body;
  if (body === null) return { status: 400, body: { message: "Problems parsing JSON" } };
  const unknown = Object.keys(body).find((field) => !FIELDS.has(field));
  if (unknown) return invalid(at(unknown, "unprocessable"));
  if (request.method === "POST" && number === null) return open(world, project, body);
  const known = world.requests.find((one) => one.project === project && one.number === number);
  if (request.method !== "PATCH" || !known) return { status: 404, body: { message: "Not Found" } };
  world.edit(known, body);
  return { status: 200, body: shape(world, project, known.number) };
};
