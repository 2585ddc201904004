import { describeTransport, tcpDetour } from "@x/transport-compliance";
import { describe, it } from "vitest";
import { ws, wss } from "./node.js";
import { newCertificate } from "./test-certificate.js";

// Short, because there are cases that wait for them.
const options = { closeTimeoutMs: 500, dialTimeoutMs: 1_000, handshakeTimeoutMs: 1_000, deadPeerMs: 1_000 };
const malformedWheres = ["\u0000", "127.0.0.1:80\u0000", "a b", "[::1", "127.0.0.1:99999", "/path", "x:1/#y"];
const tls = newCertificate();

describeTransport(
  "ws()",
  () => ({ create: () => ws(options), listenWhere: () => "127.0.0.1:0", malformedWheres, detour: tcpDetour }),
  { describe, it },
);

describeTransport(
  "wss()",
  () => ({
    create: () => wss({ ...options, tls: { ...tls, ca: tls.cert } }),
    listenWhere: () => "127.0.0.1:0",
    malformedWheres,
    detour: tcpDetour,
  }),
  { describe, it },
);
