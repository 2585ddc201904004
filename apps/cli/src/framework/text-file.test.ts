import { openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { CliError } from "../cli-error.js";
import { readText, readTextFile, type TextLimits } from "./text-file.js";

const limits: TextLimits = {
  maxBytes: 8,
  failed: (reason, cause) => new CliError("USAGE_INVALID", reason, { cause }),
};

describe("readTextFile()", () => {
  it("reads files and descriptors", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "text");
    await writeFile(path, "caf\u00e9 1");
    expect(await readTextFile(path, limits)).toBe("caf\u00e9 1");
    expect(await readTextFile(`/dev/fd/${openSync(path, "r")}`, limits)).toBe("caf\u00e9 1");
  });

  it.each([
    ["/nonexistent", "there is no such file"],
    ["/", "it is a folder"],
    ["/dev/fd/999999999", "there is no such descriptor"],
  ])("says what is wrong with %s", async (path, reason) => {
    await expect(readTextFile(path, limits)).rejects.toThrow(reason);
  });
});

describe("readText()", () => {
  it("takes no more than it may, and reads no further", async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read++;
        yield Buffer.from("abc");
      }
    }
    await expect(readText(endless(), limits)).rejects.toThrow("it is over 8 bytes");
    expect(read).toBe(3);
  });

  it("takes UTF-8 alone, cut anywhere", async () => {
    const bytes = Buffer.from("\u00e9\u20ac");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const parts = (async function* () {
        yield bytes.subarray(0, cut);
        yield bytes.subarray(cut);
      })();
      expect(await readText(parts, limits)).toBe("\u00e9\u20ac");
    }
    const broken = (async function* () {
      yield bytes.subarray(1);
    })();
    await expect(readText(broken, limits)).rejects.toThrow("it is not UTF-8 text");
  });
});
