import { CulvertError, errorCodes } from "@x/core";
import { describe, expect, it } from "vitest";
import { CliError, cliErrorCodes } from "../cli-error.js";
import { reportError } from "./error-report.js";
import { exitCodeFor } from "./exit-codes.js";
import { createStyle } from "./style.js";

const style = createStyle(false);

describe("exitCodeFor", () => {
  it.each([
    [new CliError("USAGE_INVALID", ""), 64],
    [new CliError("NODE_NOT_FOUND", ""), 69],
    [new CliError("RESOURCE_NOT_FOUND", ""), 69],
    [new CulvertError("WORKER_NOT_FOUND", ""), 69],
    [new CulvertError("IDENTITY_CHANGED", ""), 69],
    [new CulvertError("POLICY_INVALID", ""), 64],
    [new CulvertError("CONNECTION_REFUSED", ""), 69],
    [new CliError("STATE_CORRUPT", ""), 70],
    [new Error("unforeseen"), 70],
    [new CliError("NODE_NAME_TAKEN", ""), 73],
    [new CulvertError("VAULT_TAKEN", ""), 73],
    [new CulvertError("LISTEN_ADDRESS_TAKEN", ""), 73],
    [new CulvertError("TIMED_OUT", ""), 75],
  ])("maps %o to %i", (error, code) => {
    expect(exitCodeFor(error)).toBe(code);
  });
});

describe("reportError", () => {
  it("tells what failed, the hop, what to try, and the code", () => {
    const error = new CulvertError("WORKER_NOT_FOUND", "Cannot deliver message: no such worker", {
      hop: "echo",
    });
    const text = reportError(error, style, 0);
    expect(text).toMatch(
      /^error: Cannot deliver message: no such worker\n {2}hop: echo\n {2}try: .+\n {2}code: WORKER_NOT_FOUND$/,
    );
  });

  it("says what to try for every code, and what an error brings itself before that", () => {
    for (const error of [
      ...errorCodes.map((code) => new CulvertError(code, "x")),
      ...cliErrorCodes.map((code) => new CliError(code, "x")),
    ]) {
      expect(reportError(error, style, 0), error.code).toMatch(/^ {2}try: \S/m);
    }
    expect(reportError(new CliError("USAGE_INVALID", "x", { hint: "this" }), style, 0)).toContain(
      "try: this\n",
    );
    expect(reportError(new RangeError("x"), style, 0)).toContain("try: This is a fault of Culvert");
  });

  it("shows stack traces with -vv alone", () => {
    const error = new CliError("STATE_FAILED", "Cannot write", { cause: new Error("underneath") });
    expect(reportError(error, style, 1)).not.toContain("    at ");
    expect(reportError(error, style, 2)).toMatch(/ {4}at [\s\S]+caused by Error: underneath/);
  });
});
