import { randomBytes } from "node:crypto";

/** What no node would send: nothing, zeros, ones, an HTTP request, a TLS hello, a length of 4 GiB, and noise. */
export const hostileBytes: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(1),
  new Uint8Array(65_536),
  new Uint8Array(65_536).fill(0xff),
  Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  Buffer.from("16030100d8010000d40303", "hex"),
  Buffer.from("ffffffff00", "hex"),
  randomBytes(1_000_000),
];
