import type { AuthorityState, AuthorityStore } from "../authority/members.js";
import { isJsonObject, readJsonFile, writeJsonFile } from "../state/json-file.js";

/** Keeps what an authority knows of tickets and members in a file of its node's state, which is open to the user alone. */
export function authorityStore(path: string): AuthorityStore {
  return {
    load: () => readJsonFile(path, stateIn),
    save: (state) => writeJsonFile(path, { version: 1, ...state }),
  };
}

function stateIn(value: unknown): AuthorityState | undefined {
  if (!isJsonObject(value) || value.version !== 1) return undefined;
  const { tickets, members } = value;
  const isValid =
    Array.isArray(tickets) &&
    tickets.every(isTicket) &&
    isJsonObject(members) &&
    Object.values(members).every(isAttributes);
  return isValid ? (value as unknown as AuthorityState) : undefined;
}

function isTicket(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { hash, attributes, usageCount, usedBy, expiresAtMs } = value;
  return (
    typeof hash === "string" &&
    isAttributes(attributes) &&
    Number.isSafeInteger(usageCount) &&
    Array.isArray(usedBy) &&
    Number.isSafeInteger(expiresAtMs)
  );
}

function isAttributes(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === "string");
}
