import { isDeepStrictEqual } from "node:util";
import type { Registry } from "../registry/registry.js";
import type { TransportEntry } from "../transports/transport-entry.js";
import { type Check, findings } from "./check.js";

const { ok, warning, problem } = findings("state");

/** Checks the transports that were added to the home, each as nodes load it. */
export async function checkTransports({ home }: Registry): Promise<readonly Check[]> {
  try {
    const added = home.list();
    return await Promise.all(added.map((entry) => checkTransport(entry, home)));
  } catch (error) {
    const mend = "Mend transports.json in the folder by hand, or remove it and add the transports again";
    return [problem("transports", reasonOf(error), mend)];
  }
}

async function checkTransport(
  { manifest, source = "", make }: TransportEntry,
  home: Registry["home"],
): Promise<Check> {
  const subject = `transport ${manifest.name}`;
  const again = `culvert transport add ${source}`;
  try {
    const isCurrent = home.current(source).some((each) => isDeepStrictEqual(each, manifest));
    await make({ onReport: () => {} });
    if (isCurrent) return ok(subject, source);
    return warning(subject, `${source} says something else of it now`, `Run \`${again}\``);
  } catch (error) {
    const mend = `Put it back and run \`${again}\`, or \`culvert transport remove ${manifest.name}\``;
    return problem(subject, reasonOf(error), mend);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
