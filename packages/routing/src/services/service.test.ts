import { request } from "@x/core";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { tcp } from "@x/transport-tcp";
import { describe, expect, it } from "vitest";
import { node, read, refused, text } from "../../test-support/nodes.js";
import { startEcho } from "./echo.js";
import { startHop } from "./hop.js";
import { startUppercase } from "./uppercase.js";

describe("services", () => {
  it("uppercase answers UTF-8 text in upper case", async () => {
    const n1 = node();
    startUppercase(n1);
    const ask = async (payload: Uint8Array): Promise<string> =>
      read((await request(n1.own, ["uppercase"], payload)).payload);
    expect(await ask(text("straße, été"))).toBe("STRASSE, ÉTÉ");
    expect(await ask(new Uint8Array([0xff, 0x61]))).toBe("\uFFFDA");
    expect(await ask(text(""))).toBe("");
  });

  it("have other names and exposures on demand", () => {
    const n1 = node();
    startEcho(n1, { address: "e", exposure: "local" });
    startHop(n1);
    expect(n1.workers()).toEqual([
      { address: "e", type: "echo", exposure: "local", queued: 0 },
      { address: "hop", type: "hop", exposure: "network", queued: 0 },
      { address: expect.stringMatching(/^[0-9a-f]{32}$/), type: "hop", exposure: "network", queued: 0 },
    ]);
    expect(() => startHop(n1)).toThrow(refused("ADDRESS_TAKEN"));
  });

  it("echo does not answer a refusal of its reply", async () => {
    const n1 = node();
    startEcho(n1);
    void n1.send({ onwardRoute: ["echo"], returnRoute: ["nobody"], payload: text("") });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(n1.stats()).toMatchObject({ delivered: 2, refused: 1 });
  });

  it("hop bridges two transports", async () => {
    const transports = [memory({ network: new MemoryNetwork() }), tcp()];
    const [n1, n2, n3] = [node({ transports }), node({ transports }), node({ transports })];
    const { address: n2Address } = await n2.listen("memory#n2");
    const { address: n3Address } = await n3.listen("tcp#127.0.0.1:0");
    startHop(n2);
    startUppercase(n3);
    const { worker: toN2 } = await n1.connect(n2Address);
    const { worker: toN3 } = await n2.connect(n3Address);
    const payload = text("hello");
    const reply = await request(n1.own, [toN2, "hop", toN3, "uppercase"], payload);
    expect(read(reply.payload)).toBe("HELLO");
    expect(reply.returnRoute).toEqual([toN2, expect.stringMatching(/^[0-9a-f]{32}$/), toN3, "uppercase"]);
  });
});
