import { describe, expect, it } from "vitest";
import { makePrivateFolder, resolveHome } from "./home.js";

describe("makePrivateFolder()", () => {
  it.runIf(process.platform === "linux")("gives up where nothing can be made", () => {
    expect(() => makePrivateFolder("/proc/culvert/a/b")).toThrow(
      expect.objectContaining({ code: "STATE_FAILED" }),
    );
  });
});

describe("resolveHome()", () => {
  it("takes the folder of the variable as it is", async () => {
    expect(await resolveHome("/somewhere/else")).toBe("/somewhere/else");
  });
});
