import { CulvertError } from "@x/core";

/** The error for something that was made for a command that went away before it heard of it, and that is removed again. */
export function givenUp(what: string): CulvertError {
  return new CulvertError("ABORTED", `Cannot create ${what}: the command that asked was given up`);
}
