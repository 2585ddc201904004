import type { RelayReply, RelayRequest } from "../src/protocol/relay-message.js";
import { type RelayServiceOptions, startRelayService } from "../src/service/service.js";
import { connect, type Link, LoopbackHost } from "./loopback-host.js";
import { ask } from "./raw-requests.js";

/** A relay service, and a host with one connection to it. */
export function network(options: RelayServiceOptions = {}) {
  const relayHost = new LoopbackHost();
  const clientHost = new LoopbackHost();
  const service = startRelayService(relayHost, options);
  const { dialled, accepted } = connect(clientHost, relayHost);
  const via =
    (link: Link) =>
    (content: RelayRequest | Uint8Array): Promise<RelayReply> =>
      ask(link.host, [link.address, "relay"], content);
  return { relayHost, clientHost, service, dialled, accepted, via, send: via(dialled) };
}
