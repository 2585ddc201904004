import { CliError } from "../cli-error.js";
import { maxRouteTextLength } from "./limits.js";

/**
 * Puts the route read from standard input in the place of a `-` that is a whole segment of a route:
 * `/node/n2/-/service/echo`, `-/service/echo` or `-`. Text without one comes back unchanged, and nothing is read.
 * A `-` that is the value of a segment, as in `/service/-`, is that value.
 *
 * @throws CliError USAGE_INVALID for two of them, and when standard input holds no route
 */
export async function fillPipedRoute(text: string, readInput: () => Promise<string>): Promise<string> {
  const parts = partsOf(text);
  const index = findDash(parts, 1);
  if (parts[0] !== "" || index === -1) return text;
  if (findDash(parts, index + 1) !== -1) {
    throw new CliError("USAGE_INVALID", `Cannot use route ${JSON.stringify(text)}: it has "-" twice`);
  }
  const piped = (await readInput()).trim();
  if (!/^\/\S+$/.test(piped) || piped.length > maxRouteTextLength) throw noRoute(piped);
  return [...parts.slice(0, index), piped.slice(1), ...parts.slice(index + 1)].join("/");
}

/** Says whether a route takes a part of it from standard input. */
export function isPiped(text: string): boolean {
  const parts = partsOf(text);
  return parts[0] === "" && findDash(parts, 1) !== -1;
}

function partsOf(text: string): string[] {
  return text.replace(/^-(?=\/|$)/, "/-").split("/");
}

/** The place of the first `-` from `start` on that stands where the kind of a step is expected. */
function findDash(parts: readonly string[], start: number): number {
  for (let index = start; index < parts.length; index += 2) {
    if (parts[index] === "-") return index;
  }
  return -1;
}

function noRoute(piped: string): CliError {
  const shown = piped === "" ? "it is empty" : `it holds ${JSON.stringify(piped.slice(0, 80))}`;
  return new CliError("USAGE_INVALID", `Cannot read a route from standard input: ${shown}`, {
    hint: 'Pipe in a command that prints a route, or leave out the "-" of the route',
  });
}
