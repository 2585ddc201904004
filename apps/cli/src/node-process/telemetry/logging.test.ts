import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test-support/temporary-folder.js";
import { readEnvironment } from "../../environment.js";
import { logFileName } from "./log-file-name.js";
import { openFileLog } from "./logging.js";

describe("openFileLog()", () => {
  it.each(["pretty", "json"])("writes no character that a terminal obeys, in form %s", async (form) => {
    await using folder = await temporaryFolder();
    const environment = readEnvironment({ CULVERT_LOG_FORMAT: form });
    const log = openFileLog(folder.path, { environment, level: "info" });
    log.logger.warn({ reason: "x\u001b[2J\u009b31m\u202ey\u0007\r" }, "Refused");
    await expect
      .poll(() => readFile(join(folder.path, logFileName), "utf8").catch(() => ""))
      .toContain("Refused");
    await log.close();
    const text = await readFile(join(folder.path, logFileName), "utf8");
    expect(text).toMatch(/x\\u001b\[2J 31m y/);
    expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
