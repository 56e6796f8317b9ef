import { z } from "zod";
import type { CallForge, Forge, RequestContent, RequestOutcome } from "./forge.ts";
import { forgeFault } from "./forge.ts";

const MergeRequest = z.looseObject({ iid: z.int(), web_url: z.string() });

const standing = (body: unknown, status: number): RequestOutcome => {
  const request = MergeRequest.safeParse(body);
  return request.success
    ? { ok: true, url: request.data.web_url, number: request.data.iid }
    : forgeFault("GitLab", { status, body: "an answer without iid and web_url" });
};

/**
 * GitLab's merge requests. Source: docs.gitlab.com/api/merge_requests (API version 4). `project` is the full path, which stands
 * encoded in the address.
 */
export const createGitlab = (call: CallForge, project: string): Forge => {
  const requests = `/projects/${encodeURIComponent(project)}/merge_requests`;
  const edit = async (iid: number, { body, title }: RequestContent): Promise<RequestOutcome> => {
    const answer = await call("PUT", `${requests}/${iid}`, { title, description: body });
    return answer.status === 200 ? standing(answer.body, 200) : forgeFault("GitLab", answer);
  };
  const open = async ({ base, body, head, title }: RequestContent): Promise<RequestOutcome> => {
    const answer = await call("POST", requests, {
      source_branch: head,
      target_branch: base,
      title,
      description: body,
    });
    if (answer.status === 201) return standing(answer.body, 201);
    const next =
      answer.status === 400 || answer.status === 422
        ? `make sure that the branch ${base} is there, then open the request by hand or wait for the next phase`
        : undefined;
    return forgeFault("GitLab", answer, next);
  };
  return {
    putRequest: async (content) => {
      const query = new URLSearchParams({
        source_branch: content.head,
        target_branch: content.base,
        state: "opened",
      });
      const found = await call("GET", `${requests}?${query}`);
      if (found.status !== 200) return forgeFault("GitLab", found);
      const list = z.array(MergeRequest).safeParse(found.body);
      const known = list.success ? list.data[0] : undefined;
      return known ? edit(known.iid, content) : open(content);
    },
  };
};
