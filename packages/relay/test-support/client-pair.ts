import { request } from "@x/core";
import { type RelayClientOptions, startRelayClient } from "../src/client.js";
import { connect, LoopbackHost } from "./loopback-host.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A relay service's host, a client's host with a worker `uppercase`, and their connection. */
export function pair() {
  const relayHost = new LoopbackHost();
  const clientHost = new LoopbackHost();
  clientHost.startWorker(
    (message) => {
      const payload = Buffer.from(text(message.payload).toUpperCase());
      clientHost.send({ onwardRoute: message.returnRoute, payload });
    },
    { address: "uppercase", exposure: "network" },
  );
  const connection = connect(clientHost, relayHost);
  const start = (options: Partial<RelayClientOptions> = {}) =>
    startRelayClient(clientHost, {
      route: [connection.dialled.address, "relay"],
      name: "n3",
      random: () => 0.5,
      ...options,
    });
  const ask = async (word = "hello") => {
    const message = { onwardRoute: ["forward_to_n3", "uppercase"], payload: Buffer.from(word) };
    return text((await request(relayHost, message, { timeoutMs: 1_000 })).payload);
  };
  return { relayHost, clientHost, connection, start, ask };
}
