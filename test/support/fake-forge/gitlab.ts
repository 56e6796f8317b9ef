import type { ApiAnswer, ApiRequest, ForgeWorld } from "./world.ts";

const REQUESTS = /^\/projects\/([^/]+)\/merge_requests(?:\/(\d+))?$/;

const shape = (world: ForgeWorld, project: string, iid: number) => {
  const request = world.requests.find((one) => one.project === project && one.number === iid);
  return {
    id: 1000 + iid,
    iid,
    state: "opened",
    title: request?.title,
    description: request?.body,
    source_branch: request?.head,
    target_branch: request?.base,
    web_url: `${world.origin()}/${project}/-/merge_requests/${iid}`,
  };
};

const open = (world: ForgeWorld, project: string, body: Record<string, unknown>): ApiAnswer => {
  const missing = ["source_branch", "target_branch", "title"].filter(
    (field) => typeof body[field] !== "string" || body[field] === "",
  );
  if (missing.length > 0)
    return { status: 400, body: { error: missing.map((one) => `${one} is missing`).join(", ") } };
  const { source_branch: head, target_branch: base, title } = body as Record<string, string>;
  if (!head || !base || !title) return { status: 400, body: { error: "empty" } };
  const known = world.openRequest(project, head, base);
  if (known)
    return {
      status: 409,
      body: {
        message: [
          `Another open merge request already exists for this source branch: !${known.number}`,
        ],
      },
    };
  const facts = world.facts(project);
  if (facts.branch(base) === null)
    return { status: 422, body: { message: [`Target branch "${base}" does not exist`] } };
  if (facts.branch(head) === null)
    return { status: 422, body: { message: [`Source branch "${head}" does not exist`] } };
  const made = world.add({ project, head, base, title, body: String(body.description ?? "") });
  return { status: 201, body: shape(world, project, made.number) };
};

const list = (world: ForgeWorld, project: string, query: URLSearchParams): ApiAnswer => ({
  status: 200,
  body: world.requests
    .filter(
      (one) =>
        one.project === project &&
        (query.get("state") ?? "all") !== "closed" &&
        (!query.has("source_branch") || one.head === query.get("source_branch")) &&
        (!query.has("target_branch") || one.base === query.get("target_branch")),
    )
    .map((one) => shape(world, project, one.number)),
});

/** GitLab's REST API for merge requests (docs.gitlab.com/api/merge_requests), as far as a client can get it wrong. */
export const answerGitlab = (world: ForgeWorld, request: ApiRequest): ApiAnswer => {
  if (request.headers["private-token"] !== world.token)
    return { status: 401, body: { message: "401 Unauthorized" } };
  const match = REQUESTS.exec(request.path);
  const project = decodeURIComponent(match?.[1] ?? "");
  if (!match || !world.facts(project).exists)
    return { status: 404, body: { message: "404 Project Not Found" } };
  const iid = match[2] === undefined ? null : Number(match[2]);
  if (request.method === "GET" && iid === null) return list(world, project, request.query);
  const body = request.body;
  if (body === null) return { status: 400, body: { error: "The request body is no JSON" } };
  if (request.method === "POST" && iid === null) return open(world, project, body);
  const known = world.requests.find((one) => one.project === project && one.number === iid);
  if (request.method !== "PUT" || !known)
    return { status: 404, body: { message: "404 Not found" } };
  if (!["title", "description", "state_event"].some((field) => field in body))
    return { status: 400, body: { error: "title, description, … are missing, at least one" } };
  world.edit(known, { title: body.title, body: body.description });
  return { status: 200, body: shape(world, project, known.number) };
};
