import { describe, expect, it } from "vitest";
import { readEnvironment } from "./environment.js";

describe("readEnvironment", () => {
  it("has defaults", () => {
    expect(readEnvironment({})).toEqual({
      home: undefined,
      logLevel: undefined,
      logFormat: "pretty",
      defaultTimeoutMs: 10_000,
      drainTimeoutMs: 2_500,
      passphraseFile: undefined,
      ticket: undefined,
      quiet: false,
      noColor: false,
      noInput: false,
    });
  });

  it("reads what is there; empty is not there", () => {
    const read = readEnvironment({
      CULVERT_HOME: "/h",
      CULVERT_LOG_LEVEL: "DEBUG",
      CULVERT_LOG_FORMAT: "json",
      CULVERT_DEFAULT_TIMEOUT: "500ms",
      CULVERT_DRAIN_TIMEOUT: "1s",
      CULVERT_PASSPHRASE_FILE: "/p",
      CULVERT_TICKET: "t",
      QUIET: "1",
      NO_COLOR: "",
      NO_INPUT: "false",
    });
    expect(read).toMatchObject({
      home: "/h",
      logLevel: "debug",
      logFormat: "json",
      defaultTimeoutMs: 500,
      drainTimeoutMs: 1_000,
      passphraseFile: "/p",
      ticket: "t",
      quiet: true,
    });
    expect(read).toMatchObject({ noColor: false, noInput: false });
  });

  it.each([
    { CULVERT_LOG_LEVEL: "loud" },
    { CULVERT_LOG_FORMAT: "xml" },
    { CULVERT_DEFAULT_TIMEOUT: "soon" },
    { CULVERT_DRAIN_TIMEOUT: "4s" },
  ])("refuses %j instead of ignoring it", (variables) => {
    expect(() => readEnvironment(variables)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });
});
