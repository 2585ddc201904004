import { readFileSync } from "node:fs";

/** The example bytes of PROTOCOL.md under a heading such as `### Examples of identities`, by the name in front of them. */
export function examplesOf(heading: string): ReadonlyMap<string, Uint8Array> {
  const text = readFileSync(new URL("../../../../PROTOCOL.md", import.meta.url), "utf8");
  const section = text.split(`${heading}\n`)[1]?.split(/^#/m)[0] ?? "";
  const [, block = ""] = section.split("```");
  const examples = new Map<string, Uint8Array>();
  for (const [, name = "", digits = ""] of block.matchAll(/^([a-z ]+):\n((?: {2}[0-9a-f ]+\n)+)/gm)) {
    examples.set(name, new Uint8Array(Buffer.from(digits.replace(/\s/g, ""), "hex")));
  }
  return examples;
}
