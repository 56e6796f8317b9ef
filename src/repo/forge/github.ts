import { z } from "zod";
import type { CallForge, Forge, RequestContent, RequestOutcome } from "./forge.ts";
import { forgeFault } from "./forge.ts";

const Pull = z.looseObject({ number: z.int(), html_url: z.string() });

const standing = (body: unknown, status: number): RequestOutcome => {
  const pull = Pull.safeParse(body);
  return pull.success
    ? { ok: true, url: pull.data.html_url, number: pull.data.number }
    : forgeFault("GitHub", { status, body: "an answer without number and html_url" });
};

const cannotOpen = (base: string): string =>
  `make sure that the branch ${base} is there and shares its history with the run's branch, then open the request by hand or wait for the next phase`;

/**
 * GitHub's pull requests. Source: docs.github.com/rest/pulls/pulls, version 2022-11-28. `project` is "owner/repository"; `head`
 * in the list is "owner:branch".
 */
export const createGithub = (call: CallForge, project: string): Forge => {
  const [owner = ""] = project.split("/");
  const pulls = `/repos/${project}/pulls`;
  const edit = async (number: number, { body, title }: RequestContent): Promise<RequestOutcome> => {
    const answer = await call("PATCH", `${pulls}/${number}`, { title, body });
    return answer.status === 200 ? standing(answer.body, 200) : forgeFault("GitHub", answer);
  };
  const open = async (content: RequestContent): Promise<RequestOutcome> => {
    const { base, body, head, title } = content;
    const answer = await call("POST", pulls, { title, head, base, body });
    if (answer.status === 201) return standing(answer.body, 201);
    const next = answer.status === 422 ? cannotOpen(base) : undefined;
    return forgeFault("GitHub", answer, next);
  };
  return {
    putRequest: async (content) => {
      const query = new URLSearchParams({
        head: `${owner}:${content.head}`,
        base: content.base,
        state: "open",
      });
      const found = await call("GET", `${pulls}?${query}`);
      if (found.status !== 200) return forgeFault("GitHub", found);
      const list = z.array(Pull).safeParse(found.body);
      const known = list.success ? list.data[0] : undefined;
      return known ? edit(known.number, content) : open(content);
    },
  };
};
