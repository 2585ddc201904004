import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Carrier } from "@x/stream/inner";
import { afterEach, describe, expect, it } from "vitest";
import { afterTest, cleanUp } from "../testing/cleanups.js";
import { SocketEnd } from "./socket-end.js";

afterEach(cleanUp);

/** A socket as a portal has it, and the program's own end of the connection. */
async function connected(): Promise<{ socket: Socket; program: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const program = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [[socket]] = (await Promise.all([once(server, "connection"), once(program, "connect")])) as [
    [Socket],
    unknown,
  ];
  program.on("error", () => {});
  afterTest(() => {
    socket.destroy();
    program.destroy();
    server.close();
  });
  return { socket, program };
}

/** A stream that notes what its local end tells, in order. */
function noting(): { carrier: Carrier; told: string[] } {
  const told: string[] = [];
  const carrier = {
    end: () => told.push("end"),
    breakOff: () => told.push("broke off"),
    localClosed: () => told.push("closed"),
    taken: () => {},
  } as unknown as Carrier;
  return { carrier, told };
}

describe("SocketEnd", () => {
  it("breaks off when a write found out that the connection was reset, and carries what came before", async () => {
    const { socket, program } = await connected();
    const { carrier, told } = noting();
    const end = new SocketEnd(socket, carrier);
    socket.on("data", (bytes) => told.push(`${bytes.length} bytes`));
    end.wantBytes(false);
    await new Promise((resolve) => program.write(Buffer.alloc(1_000), resolve));
    program.resetAndDestroy();
    await once(program, "close");
    // The system tells of the reset once: to this write, and not to the reads behind it.
    end.deliver({ bytes: new Uint8Array(530), release: undefined });
    end.wantBytes(true);
    await new Promise((resolve) => (socket.closed ? resolve(0) : socket.once("close", resolve)));
    expect([...new Set(told)]).toEqual(["1000 bytes", "broke off", "closed"]);
  });
});
