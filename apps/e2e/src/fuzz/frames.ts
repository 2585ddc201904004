import { pack } from "msgpackr/pack";
import { readProtocolExamples } from "../documents/protocol-examples.js";
import type { Random } from "../harness/random.js";

const examples = await readProtocolExamples();

/** The valid bytes that PROTOCOL.md shows under a heading. */
function shown(what: string): readonly Buffer[] {
  const section = examples.find(({ heading }) => heading === `### Examples of ${what}`);
  return [...(section?.bytes.values() ?? [])].map((hex) => Buffer.from(hex, "hex"));
}

/** Opens a connection over TCP. */
export const tcpHello: Buffer = shown("TCP")[0] ?? Buffer.alloc(0);

type Protocol = "relay" | "stream";
const messages = { relay: shown("relay messages"), stream: shown("stream messages") };

/** Few stream ids, so that later messages meet the streams of earlier ones. */
const streamIds = 64;

const oddNames =
  "__proto__ constructor toString forward_to_n3 é 0 hop tcp#127.0.0.1:1 udp#[::1]:1 tcp#x".split(" ");

/** A worker of the node, and which protocol it speaks. */
export interface FuzzTarget {
  readonly address: string;
  readonly speaks?: Protocol;
}

/** A frame with a message for one of a node's workers, valid or with a mutated payload or odd routes: a node reads it all the same. */
export function readableFrame(targets: readonly FuzzTarget[], random: Random): Buffer {
  const { address, speaks } = random.pick(targets);
  const oddAddress = (usual: string): string =>
    random.pick([
      () => usual,
      () => random.pick(targets).address,
      () => random.pick(oddNames),
      () => random.bytes(16).toString("hex"),
      () => "a".repeat(1 + random.below(255)),
    ])();
  const route = (usual: string, usualShare: number): string[] =>
    random.chance(usualShare)
      ? [usual]
      : Array.from({ length: random.pick([0, 1, 2, 3, 8, 63, 64]) }, () => oddAddress(usual));
  const hopCount = random.chance(0.95) ? random.below(4) : random.pick([127, 254, 255, 65_535, 2 ** 32 - 1]);
  return encodeFrame([route(address, 0.9), route("reply", 0.8), hopCount], payloadFor(speaks, random));
}

/** A frame whose bytes are no longer those that were meant, mostly in its header. It mostly ends its connection. */
export function brokenFrame(targets: readonly FuzzTarget[], random: Random): Buffer {
  if (random.chance(0.1)) return random.bytes(random.below(2_000));
  const frame = readableFrame(targets, random);
  const headerEnd = random.chance(0.8) ? 3 + frame.readUInt16BE(1) : frame.length;
  return Buffer.concat([random.mutated(frame.subarray(0, headerEnd)), frame.subarray(headerEnd)]);
}

/** Version, length of the header, header, payload: see PROTOCOL.md, "Message frame". */
export function encodeFrame(header: readonly unknown[], payload: Uint8Array): Buffer {
  const head = pack(header);
  return Buffer.concat([Buffer.of(1, head.length >> 8, head.length & 0xff), head, payload]);
}

function payloadFor(speaks: FuzzTarget["speaks"], random: Random): Buffer {
  if (speaks === undefined) return random.bytes(random.below(random.chance(0.01) ? 20_000 : 64));
  if (random.chance(0.1)) return random.bytes(random.below(300));
  const seed = Buffer.from(random.pick(messages[speaks]));
  const nameAt = seed.indexOf("n3");
  // Another stream, by the last byte of its id; or another name of the same length.
  if (speaks === "stream") seed[17] = random.below(streamIds);
  else if (nameAt >= 0 && random.chance(0.5)) seed.write(random.bytes(1).toString("hex"), nameAt, "latin1");
  return random.chance(0.3) ? seed : random.mutated(seed);
}
