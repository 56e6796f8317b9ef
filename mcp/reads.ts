import type { Actor } from "../src/engine/command.ts";
import { refusalOf } from "../src/operations/authorize.ts";
import type {
  ApprovalReader,
  EventReader,
  FileReader,
  PipelineReader,
  RunReader,
  Workspace,
} from "../src/operations/ports.ts";
import { runsSearch } from "../src/operations/runs-search.ts";

/** A page that ships with the product: its name, its title and its text. */
export interface Page {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** What resources, completions and prompts are read from. */
export interface Reads {
  readonly runs: RunReader;
  readonly approvals: ApprovalReader;
  readonly events: EventReader;
  readonly files: FileReader;
  readonly pipelines: PipelineReader;
  readonly access: Workspace["access"];
  /** One per specialist, in the order of the playbook. */
  readonly briefs: readonly Page[];
  readonly knowledge: readonly Page[];
}

/** Throws what `runs_search` would: who may not list runs may not read them as resources either. */
export const mustMayRead = async ({ access }: Reads, actor: Actor): Promise<void> => {
  const refusal = refusalOf(runsSearch, actor, await access(actor));
  if (refusal) throw refusal;
};
