import { describe, expect, it } from "vitest";
import { goPeers, moduleFile, packagesOf, rustPeers } from "./peer-programs.js";

describe("goPeers and rustPeers", () => {
  it("pin every version", () => {
    for (const { version } of goPeers) expect(version).toMatch(/^v\d+\.\d+\.\d+$/);
    for (const { version } of rustPeers) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("moduleFile()", () => {
  const peer = { module: "example.org/a", version: "v1.2.3", commands: [], replaces: ["b => c v1.0.0"] };

  it("requires the peer and repeats its replaces", () => {
    expect(moduleFile(peer)).toBe(
      "module peers\n\ngo 1.22.0\n\nrequire example.org/a v1.2.3\n\nreplace b => c v1.0.0\n",
    );
  });
});

describe("packagesOf()", () => {
  const peer = { module: "example.org/a", version: "v1.2.3", replaces: [] };

  it("names the commands, or the module itself when it is the command", () => {
    expect(packagesOf({ ...peer, commands: ["cmd/x", "cmd/y"] })).toEqual([
      "example.org/a/cmd/x",
      "example.org/a/cmd/y",
    ]);
    expect(packagesOf({ ...peer, commands: [] })).toEqual(["example.org/a"]);
  });
});
