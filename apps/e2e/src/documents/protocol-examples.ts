import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** The bytes that PROTOCOL.md shows under a heading, as hex digits by the name in front of them. */
export interface ProtocolExamples {
  readonly heading: string;
  readonly bytes: ReadonlyMap<string, string>;
}

/** All sections of PROTOCOL.md whose heading begins with "Examples". */
export async function readProtocolExamples(): Promise<readonly ProtocolExamples[]> {
  const sections = (await readProtocol()).split(/^(?=#{2,3} )/m);
  return sections
    .filter((section) => section.startsWith("### Examples"))
    .map((section) => ({
      heading: section.slice(0, section.indexOf("\n")),
      bytes: new Map(
        [...section.matchAll(/^([a-z ]+):\n((?: {2}[0-9a-f ]+\n)+)/gm)].map(([, name = "", hex = ""]) => [
          name,
          hex.replaceAll(/\s/g, ""),
        ]),
      ),
    }));
}

/** The text of PROTOCOL.md. */
export function readProtocol(): Promise<string> {
  return readFile(`${root}PROTOCOL.md`, "utf8");
}
