import { factsOf, type RepositoryFacts } from "./repository-facts.ts";

export interface ApiRequest {
  readonly method: string;
  /** Below the API's base. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed; null where there was none or it was no JSON. */
  readonly body: Record<string, unknown> | null;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A pull or merge request as people would see it. */
export interface PullRequest {
  readonly project: string;
  readonly number: number;
  readonly head: string;
  readonly base: string;
  state: "open" | "closed";
  title: string;
  body: string;
  edits: number;
}

/** What the forge holds: bare repositories on disk, and the requests. */
export interface ForgeWorld {
  readonly token: string;
  readonly requests: PullRequest[];
  readonly origin: () => string;
  readonly facts: (project: string) => RepositoryFacts;
  readonly openRequest: (project: string, head: string, base: string) => PullRequest | undefined;
  readonly add: (
    request: Pick<PullRequest, "project" | "head" | "base" | "title" | "body">,
  ) => PullRequest;
  readonly edit: (request: PullRequest, body: Record<string, unknown>) => void;
}

export const createWorld = (root: string, token: string, origin: () => string): ForgeWorld => {
  const requests: PullRequest[] = [];
  return {
    token,
    requests,
    origin,
    facts: (project) => factsOf(root, project),
    openRequest: (project, head, base) =>
      requests.find(
        (one) =>
          one.project === project && one.head === head && one.base === base && one.state === "open",
      ),
    add: (given) => {
      const request: PullRequest = {
        ...given,
        number: requests.length + 1,
        state: "open",
        edits: 0,
      };
      requests.push(request);
      return request;
    },
    edit: (request, body) => {
      if (typeof body.title === "string") request.title = body.title;
      if (typeof body.body === "string") request.body = body.body;
      request.edits += 1;
    },
  };
};
