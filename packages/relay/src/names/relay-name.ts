import { type Address, CulvertError } from "@x/core";
import { maxNameLength } from "../limits.js";

const namePattern = new RegExp(`^[A-Za-z0-9_-]{1,${maxNameLength}}$`);

/** Says whether a value can be the name of a relay: 1 to 64 letters, digits, `_` and `-`. */
export function isRelayName(name: unknown): name is string {
  return typeof name === "string" && namePattern.test(name);
}

/**
 * Checks the name of a relay and returns it.
 *
 * @throws CulvertError RELAY_NAME_INVALID
 */
export function checkRelayName(name: unknown): string {
  if (isRelayName(name)) return name;
  const shown = typeof name === "string" ? JSON.stringify(name.slice(0, maxNameLength)) : typeof name;
  throw new CulvertError(
    "RELAY_NAME_INVALID",
    `Cannot use relay name ${shown}: a name is 1 to ${maxNameLength} letters, digits, "_" and "-"`,
  );
}

/** The address at which a relay forwards: `forward_to_n3` for the name `n3`. */
export function relayAddress(name: string): Address {
  return `forward_to_${name}`;
}
