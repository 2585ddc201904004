import { describe, expect, it } from "vitest";
import { checkMachine, checkNodeVersion, checkOpenFiles } from "./machine-checks.js";

describe("checkNodeVersion()", () => {
  it.each([
    ["20.19.0", "ok"],
    ["20.18.9", "problem"],
    ["18.20.0", "problem"],
    ["24.0.0", "ok"],
  ])("finds %s %s", (version, status) => {
    expect(checkNodeVersion(version).status).toBe(status);
  });
});

describe("checkOpenFiles()", () => {
  it.each([
    [256, "problem"],
    [1024, "warning"],
    [65_536, "ok"],
    [Number.POSITIVE_INFINITY, "ok"],
    [undefined, "ok"],
  ])("finds %s %s", (limit, status) => {
    expect(checkOpenFiles(limit).status).toBe(status);
  });
});

describe("checkMachine()", () => {
  it("finds a machine that runs these tests fit", async () => {
    const checks = await checkMachine();
    expect(checks.map(({ subject }) => subject)).toEqual(["Node.js", "open files", "loopback"]);
    expect(checks.find(({ subject }) => subject === "loopback")?.status).toBe("ok");
  });
});
