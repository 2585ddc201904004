import type { NameStore } from "@x/relay";
import { isJsonObject, readJsonFile, writeJsonFile } from "../state/json-file.js";

/** Keeps the names of the relays that a node hosts in a file of its state, which is open to the user alone. */
export function relayNameStore(path: string): NameStore {
  return {
    load: () => readJsonFile(path, namesOf) ?? [],
    save: (names) => writeJsonFile(path, { version: 1, names }),
  };
}

function namesOf(value: unknown): readonly unknown[] | undefined {
  return isJsonObject(value) && value.version === 1 && Array.isArray(value.names) ? value.names : undefined;
}
