import { request } from "@x/core";
import { channelIdentity, createIdentity, identityChecker, memoryVault, type OwnIdentity } from "@x/identity";
import { startRelayClient } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import {
  channelPeer,
  onlyIdentifiers,
  openChannel,
  type SecureChannel,
  startChannelListener,
} from "@x/secure-channel";
import { openStream } from "@x/stream";
import { ws } from "@x/transport-ws";

/** Of the platform, which the types here do not know. */
declare const document: { readonly title: string };

/** A page that is a node, and what a test has it do. */
export class Page {
  readonly identifier: string;
  readonly #identity: OwnIdentity;
  readonly #node: Node;
  /** The worker of the connection to the relay. */
  readonly #relay: string;

  private constructor(identity: OwnIdentity, node: Node, relay: string) {
    this.identifier = identity.identifier;
    this.#identity = identity;
    this.#node = node;
    this.#relay = relay;
  }

  /** Makes a node, and connects it to a relay: `ws#127.0.0.1:8080`. */
  static async join(relay: string): Promise<Page> {
    const node = createNode({ transports: [ws()] });
    const { worker } = await node.connect(relay);
    return new Page(await createIdentity(memoryVault()), node, worker);
  }

  /** Sends text to a service of a node that a relay leads to, and gives the reply. */
  async ask(relayed: string, service: string, text: string): Promise<string> {
    return (await request(this.#node, [this.#relay, relayed, service], text)).text();
  }

  /** The same, sealed from this page to the node. */
  async askSealed(relayed: string, identifier: string, service: string, text: string): Promise<string> {
    await using channel = await this.#open(relayed, identifier);
    return (await request(this.#node, [channel.address, service], text)).text();
  }

  /** Sends bytes through a stream in a channel, and says whether the same ones came back. */
  async echoes(relayed: string, identifier: string, service: string, count: number): Promise<boolean> {
    await using channel = await this.#open(relayed, identifier);
    const stream = openStream(this.#node, [channel.address, service]);
    const sent = Uint8Array.from({ length: count }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
    const writer = stream.writable.getWriter();
    const writing = writer.write(sent).then(() => writer.close());
    const received = new Uint8Array(await new Response(stream.readable).arrayBuffer());
    await writing;
    await stream.closed;
    return received.length === count && received.every((byte, index) => byte === sent[index]);
  }

  /** Registers at the relay, and answers whoever has that identity, in a channel only, with a word about what was asked. */
  async serve(name: string, identifier: string): Promise<string> {
    this.#node.startWorker((message) => message.reply(`${document.title} heard ${message.text()}`), {
      address: "page",
      exposure: "network",
      access: (origin) => origin.fact(channelPeer)?.identifier === identifier,
    });
    startChannelListener(this.#node, "api", this.#trust(identifier));
    const client = startRelayClient(this.#node, { route: [this.#relay, "relay"], name });
    await client.whenUp();
    return client.remoteAddress;
  }

  #open(relayed: string, identifier: string): Promise<SecureChannel> {
    return openChannel(this.#node, [this.#relay, relayed, "api"], this.#trust(identifier));
  }

  #trust(identifier: string) {
    return {
      identity: channelIdentity(this.#identity),
      identities: identityChecker(),
      authorize: onlyIdentifiers([identifier]),
    };
  }
}
