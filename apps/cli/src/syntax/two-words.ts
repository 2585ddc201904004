import { adjectives, animals, uniqueNamesGenerator } from "unique-names-generator";

/** A random name of two words for something the user did not name: `quiet-otter`. It is a valid name. */
export function twoWords(): string {
  return uniqueNamesGenerator({
    dictionaries: [adjectives, animals],
    separator: "-",
    style: "lowerCase",
  }).replace(/[^a-z0-9-]/g, "");
}
