import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { toHex } from "../test-support/bytes.js";
import { protocolBytes } from "../test-support/protocol-bytes.js";

const file = fileURLToPath(new URL("../../../PROTOCOL.md", import.meta.url));

const names = [
  "hello",
  "answer payload",
  "answer",
  "finish payload",
  "finish",
  "channel secret",
  "channel name",
  "accepted",
  "accepted record",
  "message",
  "message record",
  "refusal",
  "close",
  "unknown",
];

describe("the examples of PROTOCOL.md for secure channels", () => {
  it("are what the code makes", async () => {
    const text = await readFile(file, "utf8");
    const section = text.split("### Examples of secure channels")[1]?.split(/^#{2,3} /m)[0] ?? "";
    const shown = [...section.matchAll(/^([a-z ]+):\n((?: {2}[0-9a-f ]+\n)+)/gm)].map(
      ([, name = "", hex = ""]) => [name, hex.replaceAll(/\s/g, "")] as const,
    );
    const made = [...(await protocolBytes())].map(([name, bytes]) => [name, toHex(bytes)] as const);
    expect(shown.map(([name]) => name)).toEqual(names);
    expect(shown).toEqual(made);
  });
});
