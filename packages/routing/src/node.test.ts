import { request } from "@x/core";
import { memory } from "@x/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { startEcho } from "./echo.js";
import { startHop } from "./hop.js";
import { createNode, type Node, type NodeOptions } from "./node.js";
import { startUppercase } from "./uppercase.js";

const open: Node[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((node) => node.close()));
});

function node(options: NodeOptions = {}): Node {
  const made = createNode(options);
  open.push(made);
  return made;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("createNode", () => {
  it("delivers to a worker of the same node", async () => {
    const n1 = node();
    startEcho(n1);
    const reply = await request(n1, { onwardRoute: ["echo"], payload: text("hi") });
    expect(read(reply.payload)).toBe("hi");
  });

  it("delivers over two connections and hops, and back", async () => {
    const transport = memory();
    const [n1, n2, n3] = [
      node({ transports: [transport] }),
      node({ transports: [transport] }),
      node({ transports: [transport] }),
    ];
    const l2 = await n2.listen("memory#n2");
    const l3 = await n3.listen("memory#n3");
    startHop(n2);
    startUppercase(n3);
    const toN2 = await n1.connect(l2.address);
    const toN3 = await n2.connect(l3.address);
    const reply = await request(n1, {
      onwardRoute: [toN2.worker, "hop", toN3.worker, "uppercase"],
      payload: text("hello"),
    });
    expect(read(reply.payload)).toBe("HELLO");
    await expect(
      request(n1, { onwardRoute: [toN2.worker, toN3.worker, "nobody"], payload: text("") }),
    ).rejects.toMatchObject({ code: "WORKER_NOT_FOUND", hop: "nobody" });
  });
});
