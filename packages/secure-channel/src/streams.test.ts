import { startRelayClient, startRelayService } from "@x/relay";
import type { Node } from "@x/routing";
import { acceptStreams, type ByteStream, openStream } from "@x/stream";
import { describe, expect, it, vi } from "vitest";
import { closing, datagrams, place } from "../test-support/nodes.js";
import { trusting } from "../test-support/test-identity.js";
import { openChannel, startChannelListener } from "./node.js";

const bytes = 6_000_000;
const limits = { resendMs: 50, pingAfterMs: 500, pongTimeoutMs: 800, handshakeTimeoutMs: 1_500 };

/** A relay by its name in a place: whoever dials it finds the next one too. */
async function startRelay(node: () => Node): Promise<Node> {
  const relay = node();
  startRelayService(relay);
  await relay.listen("memory#relay");
  return relay;
}

/** A node that is reachable through a relay, a channel to it through that relay, and a stream in the channel. */
async function streaming(capabilities: object = {}, conditions = {}) {
  const { network, node } = place({ conditions, seed: 3 }, capabilities);
  const relay = await startRelay(node);
  const [near, far] = [node(), node()];
  const { worker: toRelay } = await far.connect("memory#relay");
  const client = startRelayClient(far, { route: [toRelay, "relay"], name: "n3" });
  await client.whenUp();
  const listener = startChannelListener(far, "api", { ...trusting(), limits });
  acceptStreams(far, "echo", ({ readable, writable }) => readable.pipeTo(writable));
  const { worker } = await near.connect("memory#relay");
  const route = [worker, "forward_to_n3", "api"];
  const channel = closing(await openChannel(near, route, { ...trusting(), limits }));
  const stream = openStream(near, [channel.address, "echo"]);
  return { network, node, relay, near, far, channel, listener, stream };
}

const byteAt = (index: number): number => (index * 31 + (index >> 8)) & 0xff;

/** Sends bytes through the stream and checks each that comes back; `onPart` is told how many did. */
async function checkEcho(stream: ByteStream, onPart: (received: number) => void): Promise<void> {
  const writer = stream.writable.getWriter();
  const write = async (): Promise<void> => {
    for (let at = 0; at < bytes; at += 50_000) {
      await writer.write(
        Uint8Array.from({ length: Math.min(50_000, bytes - at) }, (_, index) => byteAt(at + index)),
      );
    }
    await writer.close();
  };
  const written = write();
  let received = 0;
  let wrong = 0;
  const reader = stream.readable.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    for (const byte of value ?? []) if (byte !== byteAt(received++)) wrong++;
    onPart(received);
  }
  await written;
  expect({ received, wrong }).toEqual({ received: bytes, wrong: 0 });
}

describe("a stream in a channel through a relay", () => {
  it("is byte-exact while the channel is renewed again and again", async () => {
    const { channel, stream } = await streaming();
    let renewals = 0;
    let renewing: Promise<unknown> | undefined;
    await checkEcho(stream, () => {
      renewing ??= channel.renew().finally(() => {
        renewals++;
        renewing = undefined;
      });
    });
    await renewing;
    expect(renewals).toBeGreaterThan(3);
  }, 60_000);

  it("is byte-exact when the relay dies and another one takes its place", async () => {
    const { network, node, relay, channel, stream } = await streaming();
    let isKilled = false;
    await checkEcho(stream, (received) => {
      if (isKilled || received < bytes / 3) return;
      isKilled = true;
      for (const link of network.links()) link.break();
      void relay.close().then(() => startRelay(node));
    });
    expect(isKilled).toBe(true);
    await vi.waitFor(() => expect(channel.state).toBe("up"), 5_000);
  }, 60_000);

  it("is byte-exact over wires that lose, double and reorder", async () => {
    const conditions = { lossRate: 0.02, duplicateRate: 0.02, reorderRate: 0.05, reorderMs: 3 };
    const { stream } = await streaming(datagrams, conditions);
    await checkEcho(stream, () => undefined);
  }, 60_000);
});
