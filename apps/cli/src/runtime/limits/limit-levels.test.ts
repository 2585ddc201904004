import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  createInlet,
  echoServer,
  start,
  startListening,
  type TestedRuntime,
  to,
  until,
} from "../../../test-support/runtimes.js";
import { parseHostPort } from "../../syntax/host-port.js";
import type { LimitSettings } from "./node-limits.js";

/** A visitor whose first byte came back; or nothing when it was turned away. */
async function visitor(where: string): Promise<Socket | undefined> {
  const { host, port } = parseHostPort(where);
  const socket = connect(port, host);
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write("x");
  const came = once(socket, "data").then(() => true);
  const gone = once(socket, "close").then(() => false);
  return (await Promise.race([came.catch(() => false), gone.catch(() => false)])) ? socket : undefined;
}

async function portal(
  limits: LimitSettings,
  nearLimits: LimitSettings = limits,
): Promise<{ near: TestedRuntime; far: TestedRuntime; where: string }> {
  const [far, hop] = await startListening("far", { limits });
  const near = await start("near", { limits: nearLimits });
  await far.operations["tcp-outlet.create"]({ to: await echoServer() });
  const { bind_addr } = await createInlet(near, { routes: [to(hop, "outlet")] });
  return { near, far, where: bind_addr };
}

describe("the limits of a node", () => {
  it("bound its connections, over all listeners, and count who was refused", async () => {
    const [n2, hop] = await startListening("n2", { limits: { connections: 1 } });
    const first = await start("first");
    await first.node.connect(hop);
    const second = await start("second");
    const refused = { code: "CONNECTION_LIMIT_EXCEEDED" };
    await expect(second.node.connect(hop)).rejects.toMatchObject(refused);
    const { limits, levels, refused: counts } = n2.limitUse();
    expect(limits.connections).toBe(1);
    expect(levels).toMatchObject({ connections: 1, "tcp-connections": 1, "udp-connections": 0 });
    expect(counts.get("CONNECTION_LIMIT_EXCEEDED")).toBe(1);
  });

  it("bound the connections of a TCP listener, and those it dials", async () => {
    const [n2, hop] = await startListening("n2", { limits: { "tcp-connections": 1 } });
    const n1 = await start("n1", { limits: { "dialled-connections": 2 } });
    const refused = { code: "CONNECTION_LIMIT_EXCEEDED" };
    await n1.node.connect(hop);
    await expect(n1.node.connect(hop)).rejects.toMatchObject(refused);
    await n1.node.connect(hop, { wait: false });
    await expect(n1.node.connect(hop)).rejects.toMatchObject(refused);
    expect(n1.limitUse().levels["dialled-connections"]).toBe(2);
    expect(n2.limitUse().refused.get("CONNECTION_LIMIT_EXCEEDED")).toBeGreaterThanOrEqual(1);
  });

  it("bound its relays", async () => {
    const [n2, hop] = await startListening("n2", { limits: { relays: 2, "relays-per-connection": 1 } });
    const n1 = await start("n1");
    await n1.operations["relay.create"]({ name: "a", at: to(hop), waitMs: 5000 });
    await expect(
      n1.operations["relay.create"]({ name: "b", at: to(hop), waitMs: 5000 }),
    ).rejects.toMatchObject({ code: "RELAY_CONNECTION_LIMIT_EXCEEDED" });
    const { levels, refused } = n2.limitUse();
    expect(levels).toMatchObject({ relays: 1, "relays-per-connection": 1 });
    expect(refused.get("RELAY_CONNECTION_LIMIT_EXCEEDED")).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ["inlet-streams", "near"],
    ["outlet-streams", "far"],
    ["outlet-connection-streams", "far"],
  ] as const)("%s bounds streams with STREAM_LIMIT_EXCEEDED", async (name, side) => {
    const nodes = await portal({ [name]: 1 });
    expect(await visitor(nodes.where)).toBeDefined();
    expect(await visitor(nodes.where)).toBeUndefined();
    const { levels, refused } = nodes[side].limitUse();
    expect(levels[side === "near" ? "inlet-streams" : "outlet-streams"]).toBe(1);
    expect(refused.get("STREAM_LIMIT_EXCEEDED")).toBe(1);
  });

  it("refuse visitors when file descriptors run out", async () => {
    // Only the inlet's node: the other one must be reachable.
    const { near, where } = await portal({}, { "open-files": 1 });
    expect(await visitor(where)).toBeUndefined();
    await until(() => near.limitUse().refused.get("STREAM_LIMIT_EXCEEDED") === 1);
  });
});
