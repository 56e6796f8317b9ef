import { UserInputError } from "../lib/errors.ts";

/** Words of one refusal: what is wrong, what would be right, what came, what to do. */
interface Refusal {
  readonly message: string;
  readonly expected: string;
  readonly got: string;
  readonly next: string;
}

/** The error for a dataset that cannot be used. Names of columns and files may stand in it, cell values never. */
export const refuse = (code: string, { message, expected, got, next }: Refusal): UserInputError =>
  new UserInputError(code, message, { expected, got, next });
