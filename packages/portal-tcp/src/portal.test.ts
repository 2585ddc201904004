import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createNode, type Node } from "@x/routing";
import { memory } from "@x/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { type Inlet, startInlet } from "./inlet.js";
import { type Outlet, startOutlet } from "./outlet.js";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function portal(target: string): Promise<{ inlet: Inlet; outlet: Outlet; near: Node; far: Node }> {
  const wires = memory();
  const near = createNode({ transports: [wires] });
  const far = createNode({ transports: [wires] });
  const listener = await far.listen("memory#far");
  const connection = await near.connect(listener.address);
  const outlet = startOutlet(far, { target });
  const inlet = await startInlet(near, { listen: "127.0.0.1:0", routes: [[connection.worker, "outlet"]] });
  cleanups.push(async () => {
    await inlet.close();
    await outlet.close();
    await near.close();
    await far.close();
  });
  return { inlet, outlet, near, far };
}

function visit(where: string): Socket {
  const [host, port] = where.split(":");
  const socket = connect({ host: host ?? "", port: Number(port), allowHalfOpen: true });
  socket.on("error", () => {});
  cleanups.push(() => void socket.destroy());
  return socket;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe("portal", () => {
  it("echoes", async () => {
    const target = await serve((socket) => socket.pipe(socket));
    const { inlet } = await portal(target);
    const socket = visit(inlet.where);
    socket.end("hello");
    expect((await readAll(socket)).toString()).toBe("hello");
  });

  it("carries 50 MB both ways", async () => {
    const target = await serve((socket) => socket.pipe(socket));
    const { inlet } = await portal(target);
    const socket = visit(inlet.where);
    const bytes = Buffer.alloc(50_000_000, "culvert");
    socket.end(bytes);
    const back = await readAll(socket);
    expect(back.equals(bytes)).toBe(true);
  });

  it("closes the visitor's socket at once when the target refuses", async () => {
    const { inlet } = await portal("127.0.0.1:1");
    const socket = visit(inlet.where);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(inlet.lastFailure?.code).toBe("TARGET_REFUSED");
  });
});
