import { createNode } from "@x/routing";
import { afterEach, describe, expect, it } from "vitest";
import { startInlet } from "./inlet.js";
import type { InletOptions } from "./inlet-options.js";
import { type OutletOptions, startOutlet } from "./outlet.js";
import { afterTest, cleanUp } from "./testing/cleanups.js";

afterEach(cleanUp);

function testNode(): ReturnType<typeof createNode> {
  const node = createNode();
  afterTest(() => node.close());
  return node;
}

const invalid = expect.objectContaining({ code: "OPTION_INVALID" });
const wrongNumbers = [Number.NaN, Number.POSITIVE_INFINITY, -1, "10" as unknown as number];

describe("startInlet()", () => {
  const names = [
    "maxStreams",
    "maxWindowBytes",
    "openTimeoutMs",
    "resumeTimeoutMs",
    "keepAliveMs",
    "connectionWaitMs",
    "pingTimeoutMs",
    "retryWaitMs",
    "idleTimeoutMs",
  ] as const;

  it.each(names.flatMap((name) => wrongNumbers.map((value) => [name, value] as const)))(
    "refuses %s %s",
    async (name, value) => {
      const options: InletOptions = { listen: "127.0.0.1:0", routes: [["x", "outlet"]], [name]: value };
      await expect(startInlet(testNode(), options)).rejects.toEqual(invalid);
    },
  );

  it("refuses an option that it does not know, and takes what is undefined for its default", async () => {
    const options = { listen: "127.0.0.1:0", routes: [["x", "outlet"]] };
    await expect(startInlet(testNode(), { ...options, maxStream: 5 } as InletOptions)).rejects.toEqual(
      invalid,
    );
    const inlet = await startInlet(testNode(), {
      ...options,
      maxStreams: undefined,
    } as unknown as InletOptions);
    afterTest(() => inlet.close());
    expect(inlet.state).toBe("down");
  });
});

describe("startOutlet()", () => {
  const names = [
    "maxStreams",
    "maxStreamsPerConnection",
    "maxConnecting",
    "connectTimeoutMs",
    "openTimeoutMs",
    "keepAliveMs",
  ] as const;

  it.each(names.flatMap((name) => wrongNumbers.map((value) => [name, value] as const)))(
    "refuses %s %s",
    (name, value) => {
      const options: OutletOptions = { target: "127.0.0.1:9", [name]: value };
      expect(() => startOutlet(testNode(), options)).toThrowError(invalid);
    },
  );

  it("refuses an option that it does not know, and the operator's host", () => {
    const node = testNode();
    expect(() => startOutlet(node, { target: "127.0.0.1:9", timeout: 5 } as OutletOptions)).toThrowError(
      invalid,
    );
    expect(() => startOutlet(node.own, { target: "127.0.0.1:9" })).toThrowError(invalid);
    expect(node.workers()).toEqual([]);
  });
});
