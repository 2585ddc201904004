import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";

/** What no node would send, each with what it is. */
export const hostileBytes: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["one zero", new Uint8Array(1)],
  ["64 KiB of zeros", new Uint8Array(65_536)],
  ["64 KiB of ones", new Uint8Array(65_536).fill(0xff)],
  ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["a TLS hello", Buffer.from("16030100d8010000d40303", "hex")],
  ["a length of 4 GiB", Buffer.from("ffffffff00", "hex")],
  ["1 MB of noise", randomBytes(1_000_000)],
];

/** Sends datagrams to a loopback port, one after another. */
export async function sendDatagrams(port: number, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const bytes of datagrams) {
    await new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", resolve));
  }
  socket.close();
  await once(socket, "close");
}
