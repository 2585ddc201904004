import { describe, expect, it } from "vitest";
import { fillPipedRoute } from "./piped-route.js";

const piped = async (): Promise<string> => "/service/forward_to_n3\n";
const never = async (): Promise<string> => {
  throw new Error("standard input was read");
};

describe("fillPipedRoute()", () => {
  it.each([
    ["/node/n2/-/service/uppercase", "/node/n2/service/forward_to_n3/service/uppercase"],
    ["-/service/uppercase", "/service/forward_to_n3/service/uppercase"],
    ["/-", "/service/forward_to_n3"],
    ["-", "/service/forward_to_n3"],
    ["/node/n2/-", "/node/n2/service/forward_to_n3"],
  ])("fills %s", async (text, filled) => {
    expect(await fillPipedRoute(text, piped)).toBe(filled);
  });

  it.each(["/node/n2/service/x", "/service/-", "/service/-/service/x", "outlet", "--", "-x"])(
    "reads nothing for %s",
    async (text) => {
      expect(await fillPipedRoute(text, never)).toBe(text);
    },
  );

  it("refuses two dashes, and standard input without a route", async () => {
    const usageInvalid = { code: "USAGE_INVALID" };
    await expect(fillPipedRoute("/-/-", piped)).rejects.toMatchObject(usageInvalid);
    for (const input of ["", "\n", "n3", "/a b", "{}"]) {
      await expect(fillPipedRoute("-", async () => input)).rejects.toMatchObject(usageInvalid);
    }
  });
});
