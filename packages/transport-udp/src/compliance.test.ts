import { describeTransport } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { udp } from "./udp.js";

describeTransport("udp()", () => ({ create: () => udp(), listenWhere: () => "127.0.0.1:0" }), {
  describe,
  it,
});
describeTransport("udp() over IPv6", () => ({ create: () => udp(), listenWhere: () => "[::1]:0" }), {
  describe,
  it,
});
describeTransport(
  "udp() with small datagrams",
  () => ({ create: () => udp({ datagramBytes: 300 }), listenWhere: () => "127.0.0.1:0" }),
  { describe, it },
);
