import { adjectives, animals, uniqueNamesGenerator } from "unique-names-generator";
import { CliError } from "../cli-error.js";

/** Attempts to find a name that is free. 20: there are over a million pairs of words. */
const maxNameAttempts = 20;

/**
 * A random name of two words for something the user did not name: `quiet-otter`. It is a valid name.
 *
 * @param what the thing, for the error: `vault`
 * @throws CliError RESOURCE_NAME_TAKEN when none that is free was found
 */
export function twoWords(what: string, isTaken: (name: string) => boolean): string {
  for (let attempt = 0; attempt < maxNameAttempts; attempt++) {
    const words = uniqueNamesGenerator({
      dictionaries: [adjectives, animals],
      separator: "-",
      style: "lowerCase",
    });
    const name = words.replace(/[^a-z0-9-]/g, "");
    if (!isTaken(name)) return name;
  }
  throw new CliError("RESOURCE_NAME_TAKEN", `Cannot find a free name for the ${what}`, {
    hint: `Give the ${what} a name`,
  });
}
