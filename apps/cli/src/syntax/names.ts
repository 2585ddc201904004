import { type Address, isAddress, isTransportHop } from "@x/core";
import { CliError } from "../cli-error.js";
import { maxNameLength } from "./limits.js";

const nameShape = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const generatedShape = /^[0-9a-f]{32}$/;

/**
 * Says whether text can name a node, a relay or an inlet: 1 to 64 letters, digits, `_` and `-`, not
 * beginning with `-`. Safe as a file name and as an argument.
 */
export function isName(text: string): boolean {
  return text.length <= maxNameLength && nameShape.test(text);
}

/**
 * Reads a node's name, bare or as a path: `n1` or `/node/n1`.
 *
 * @throws CliError USAGE_INVALID
 */
export function parseNodeName(text: string): string {
  return parseName("node", withoutPrefix(text, "node"));
}

/**
 * Checks the name of something a user makes.
 *
 * @param what the thing, for the error: `relay`
 * @throws CliError USAGE_INVALID
 */
export function parseName(what: string, text: string): string {
  if (isName(text)) return text;
  throw new CliError(
    "USAGE_INVALID",
    `Cannot use ${what} name ${JSON.stringify(text.slice(0, 80))}: it is not 1 to ${maxNameLength} letters, digits, "_" and "-", not beginning with "-"`,
    { hint: `Give a name such as my-${what}_1` },
  );
}

/**
 * Reads the address of a worker, bare or as a path: `outlet`, `/service/outlet` or `/worker/<32 hex>`.
 *
 * @throws CliError USAGE_INVALID
 */
export function parseServiceAddress(text: string): Address {
  const address = withoutPrefix(withoutPrefix(text, "service"), "worker");
  if (isAddress(address) && !isTransportHop(address)) return address;
  throw new CliError("USAGE_INVALID", `Cannot use service address ${JSON.stringify(text.slice(0, 80))}`, {
    hint: "Give an address such as outlet or /service/outlet, without white space, / or #",
  });
}

/** A worker's address as people write it: `/worker/<32 hex>` for a generated one, `/service/<name>` for a name. */
export function workerPath(address: Address): string {
  return generatedShape.test(address) ? `/worker/${address}` : `/service/${address}`;
}

function withoutPrefix(text: string, kind: string): string {
  return text.startsWith(`/${kind}/`) ? text.slice(kind.length + 2) : text;
}
