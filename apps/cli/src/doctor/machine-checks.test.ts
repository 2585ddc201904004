import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkMachine, checkNodeVersion, checkOpenFiles, checkSocketPath } from "./machine-checks.js";

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

describe("checkSocketPath()", () => {
  it("knows where the sockets of a deep home are", async () => {
    const home = await mkdtemp(join(tmpdir(), "culvert-test-"));
    expect(checkSocketPath(home).status).toBe("ok");
    expect(checkSocketPath(join(home, "x".repeat(100)))).toMatchObject({
      status: "ok",
      detail: expect.stringContaining(tmpdir()),
    });
    await rm(home, { recursive: true });
  });
});

describe("checkMachine()", () => {
  it("finds a machine that runs these tests fit", async () => {
    const checks = await checkMachine(tmpdir());
    expect(checks.map(({ subject }) => subject)).toEqual([
      "Node.js",
      "open files",
      "control sockets",
      "loopback",
    ]);
    expect(checks.find(({ subject }) => subject === "loopback")?.status).toBe("ok");
  });
});
