import { request } from "@x/core";
import type { RelayClientOptions } from "../src/client/relay-client.js";
import { startRelayClient } from "../src/client/start-relay-client.js";
import { connect, LoopbackHost } from "./loopback-host.js";

/** A relay service's host, a client's host with a worker `uppercase`, and their connection. */
export function pair() {
  const relayHost = new LoopbackHost();
  const clientHost = new LoopbackHost();
  clientHost.startWorker((message) => void message.reply(message.text().toUpperCase()), {
    address: "uppercase",
    exposure: "network",
  });
  const connection = connect(clientHost, relayHost);
  const start = (options: Partial<RelayClientOptions> = {}) =>
    startRelayClient(clientHost, {
      route: [connection.dialled.address, "relay"],
      name: "n3",
      random: () => 0.5,
      ...options,
    });
  const ask = async (word = "hello") => {
    const reply = await request(relayHost, ["forward_to_n3", "uppercase"], word, { timeoutMs: 1_000 });
    return reply.text();
  };
  return { relayHost, clientHost, connection, start, ask };
}
