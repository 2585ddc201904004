import type { Message, MessageHandler, WorkerHost } from "@x/core";
import { channelIdentity, createIdentity, identityChecker, memoryVault } from "@x/identity";
import { startRelayService } from "@x/relay";
import { createNode } from "@x/routing";
import { startChannelListener } from "@x/secure-channel";
import { tcp } from "@x/transport-tcp";
import { Random } from "../harness/random.js";
import { attacks } from "./attacks.js";

/** Most bytes that are kept of what passed, in bytes. */
const maxKeptBytes = 128 * 1_048_576;

/** Most copies of early messages that are brought again. */
const maxReplayed = 2_000;

const random = new Random(1);
const node = createNode({ transports: [tcp()] });
const kept: Uint8Array[] = [];
let keptBytes = 0;
let passed = 0;
let attack = "reads";

/** Does with a message what the present attack says, in place of passing it on as `on` does. */
function pass(message: Message, on: (payload: Uint8Array) => void, own: (payload: Uint8Array) => void): void {
  const payload = new Uint8Array(message.payload);
  passed++;
  const before = kept.slice(0, maxReplayed);
  if (keptBytes < maxKeptBytes) {
    kept.push(payload);
    keptBytes += payload.length;
  }
  const sent = attacks[attack]?.({ payload, before, random }) ?? [];
  if (typeof sent === "string") {
    message.refuse(sent, "the relay says so");
    return;
  }
  for (const { payload: bytes, delayMs = 0, where = "on" } of sent) {
    const send = (): void => {
      if (where === "on") on(bytes);
      else if (where === "own") own(bytes);
      else void message.reply(bytes);
    };
    if (delayMs === 0) send();
    else setTimeout(send, delayMs);
  }
}

/** The worker of a relay, in other hands: both ways lead through it. */
function hostile(handler: MessageHandler): MessageHandler {
  return (message) => {
    const { onwardRoute } = message;
    const returnRoute = ["back", ...message.returnRoute];
    const own = (payload: Uint8Array): void =>
      void message.forward({ onwardRoute: ["own-listener"], returnRoute, payload });
    // What the relay service sees of the message: it says where to forward it, and the attack does the rest.
    const forward: Message["forward"] = (options) => {
      pass(
        message,
        (payload) => void message.forward({ ...options, handOver: false, returnRoute, payload }),
        own,
      );
      return undefined;
    };
    const refuse: Message["refuse"] = (...why) => message.refuse(...why);
    const { payload } = message;
    return handler({ onwardRoute, payload, forward, refuse } as Message);
  };
}

const host: WorkerHost = {
  isOwn: false,
  startWorker: (handler, options = {}) =>
    node.startWorker(options.address?.startsWith("forward_to_") ? hostile(handler) : handler, options),
  send: (message) => node.send(message),
  watch: (address, listener) => node.watch(address, listener),
  addResolver: (prefix, resolve) => node.addResolver(prefix, resolve),
  shared: (key) => node.shared(key),
};
startRelayService(host);
node.startWorker(
  (message) =>
    pass(
      message,
      (payload) => void message.forward({ payload }),
      () => {},
    ),
  {
    address: "back",
    exposure: "network",
  },
);
startChannelListener(node, "own-listener", {
  identity: channelIdentity(await createIdentity(memoryVault())),
  identities: identityChecker(),
  authorize: () => undefined,
});

process.on("message", (wanted: string) => {
  attack = wanted;
  process.send?.({ passed, keptBytes });
});
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
process.send?.({ address: (await node.listen(`tcp#127.0.0.1:${process.argv[2] ?? 0}`)).address });
