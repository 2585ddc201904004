import { describe, expect, it } from "vitest";
import type { CommandContext } from "../../framework/context.js";
import { AddressSyntax } from "../../syntax/multi-address.js";
import { readOutletRoute } from "./outlet-route.js";

const relay = { name: "n3", destination_address: "/node/n2", remote_address: "forward_to_n3" };

/** Two nodes run: n1, and n3, which has a relay on n2. */
const context = {
  nodes: { list: () => ["n1", "n3"].map((name) => ({ name, status: "running" })) },
  nodeAddress: async () => "tcp#127.0.0.1:7000",
  control: (node: string) => ({ call: async () => (node === "n3" ? [relay] : []) }),
  addresses: async () => new AddressSyntax([{ name: "tcp", address: "host-port" }]),
} as unknown as CommandContext;

const read = (to: string, via?: string) => readOutletRoute(context, { to, via, node: "n1" });

describe("readOutletRoute()", () => {
  it("takes a route as it is", async () => {
    const text = "/node/n2/service/forward_to_n3/service/outlet";
    expect(await read(text)).toEqual({ hops: ["tcp#127.0.0.1:7000", "forward_to_n3", "outlet"], text });
    expect((await read("/node/n1/service/outlet")).hops).toEqual(["outlet"]);
  });

  it("takes a bare name as an outlet of the node itself", async () => {
    expect(await read("outlet")).toEqual({ hops: ["outlet"], text: "/service/outlet" });
  });

  it("leads through a relay by name, wherever it is", async () => {
    const hops = ["tcp#127.0.0.1:7000", "forward_to_n3", "outlet"];
    expect((await read("outlet", "n3")).hops).toEqual(hops);
    expect((await read("/service/outlet", "forward_to_n3")).hops).toEqual(hops);
  });

  it("leads through a relay and a channel", async () => {
    const hops = ["tcp#127.0.0.1:7000", "forward_to_n3", "secure#api", "outlet"];
    expect((await read("/secure/api/service/outlet", "n3")).hops).toEqual(hops);
  });

  it.each([
    ["outlet", "n4", /no node on this machine has or hosts/],
    ["/node/n2/service/outlet", "n3", /leads to a node by itself/],
    ["/ip4/10.0.0.1/tcp/7000/service/outlet", "n3", /leads to a node by itself/],
  ])("refuses %j through relay %j", async (to, via, message) => {
    await expect(read(to, via)).rejects.toMatchObject({
      code: "USAGE_INVALID",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });

  it("leads through a relay by route", async () => {
    const route = await read("outlet", "/ip4/10.0.0.1/tcp/7000/service/forward_to_n3");
    expect(route).toEqual({
      hops: ["tcp#10.0.0.1:7000", "forward_to_n3", "outlet"],
      text: "/ip4/10.0.0.1/tcp/7000/service/forward_to_n3/service/outlet",
    });
  });

  it.each(["/node/n1", "/node/n2", "/ip4/10.0.0.1/tcp/7000", "a b", "/alice/service", ""])(
    "refuses %j",
    async (to) => {
      await expect(read(to)).rejects.toMatchObject({ code: "USAGE_INVALID" });
    },
  );
});
