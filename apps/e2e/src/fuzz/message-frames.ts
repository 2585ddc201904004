import type { Random } from "../harness/random.js";
import { mutated } from "./mutated.js";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** Valid messages of the relay protocol: register, release, registered, released and refused of PROTOCOL.md, "Relay". */
const relayMessages: readonly Buffer[] = [
  "98 01 01 d3 0000018bcfe56800 01 a2 6e33 c4 10 000102030405060708090a0b0c0d0e0f d9 20 3031323334353637383961626364656630313233343536373839616263646566 cd ea60",
  "96 01 02 d3 0000018bcfe56800 02 a2 6e33 c4 10 000102030405060708090a0b0c0d0e0f",
  "94 01 03 ad 666f72776172645f746f5f6e33 cd ea60",
  "92 01 04",
  "95 01 05 b0 52454c41595f4e414d455f54414b454e a5 74616b656e d3 0000000000000000",
].map(hex);

/** Valid messages of the stream protocol: hello, welcome, closed, open, answer and reset of PROTOCOL.md, "Portal". */
const portalMessages: readonly Buffer[] = [
  "11 00 000102030405060708090a0b0c0d0e0f",
  "12 80 000102030405060708090a0b0c0d0e0f",
  "15 00 000102030405060708090a0b0c0d0e0f",
  "13 05 000102030405060708090a0b0c0d0e0f 000000000001 000000000000 000000040000 000000000000 000000000000 0000 00 0021 01 0f 3132372e302e302e313a3531323334 02 0e 3132372e302e302e313a36303030 6869",
  "13 04 000102030405060708090a0b0c0d0e0f 000000000002 000000000000 000000040000 000000000002 000000000000 0000 00 6869",
  "13 9e 000102030405060708090a0b0c0d0e0f 000000000007 000000000005 000100000001 010000000000 000000000009 000f 02 00000000 00000005 00000001 00000003 21",
  "14 80 000102030405060708090a0b0c0d0e0f 05 02 6e6f",
].map(hex);

/** Few stream ids, so that later messages meet the streams of earlier ones. */
const streamIds = 64;

/** A worker of the node and what it is sent. */
export interface FuzzTarget {
  readonly address: string;
  readonly kind: "any" | "relay" | "portal";
}

/** Makes frames with messages for a node's workers: valid ones, ones with mutated payloads, and ones with odd headers. */
export class MessageFrames {
  readonly #targets: readonly FuzzTarget[];

  constructor(targets: readonly FuzzTarget[]) {
    this.#targets = targets;
  }

  /** A frame that a node reads, whatever it makes of its message. */
  readable(random: Random): Buffer {
    const { address, kind } = random.pick(this.#targets);
    const payload = payloadFor(kind, random);
    const onward = random.chance(0.9) ? [address] : this.#oddRoute(random, address);
    const back = random.chance(0.8) ? ["reply"] : this.#oddRoute(random, "reply");
    const hopCount = random.chance(0.95)
      ? random.below(4)
      : random.pick([127, 128, 254, 255, 256, 65_535, 4_294_967_295]);
    return encodeFrame({ onward, back, hopCount, payload });
  }

  /** A frame whose bytes are no longer those that were meant. It mostly ends its connection. */
  broken(random: Random): Buffer {
    if (random.chance(0.1)) return Buffer.from(random.bytes(random.below(2_000)));
    const frame = this.readable(random);
    // Within the header, most of the time: payloads are mutated anyway.
    const headerEnd = 3 + frame.readUInt16BE(1);
    if (random.chance(0.2)) return mutated(frame, random);
    return Buffer.concat([mutated(frame.subarray(0, headerEnd), random), frame.subarray(headerEnd)]);
  }

  #oddRoute(random: Random, usual: string): string[] {
    const length = random.pick([0, 1, 2, 3, 8, 63, 64]);
    return Array.from({ length }, () => this.#oddAddress(random, usual));
  }

  #oddAddress(random: Random, usual: string): string {
    switch (random.below(7)) {
      case 0:
        return usual;
      case 1:
        return random.pick(this.#targets).address;
      case 2:
        return "hop";
      case 3:
        return random.bytes(16).toString("hex");
      case 4:
        return random.pick(["tcp#127.0.0.1:1", "udp#[::1]:1", "tcp#x", "memory#a"]);
      case 5:
        return "a".repeat(1 + random.below(255));
      default:
        return random.pick(["__proto__", "constructor", "toString", "forward_to_n3", "é", "0"]);
    }
  }
}

function payloadFor(kind: FuzzTarget["kind"], random: Random): Buffer {
  if (random.chance(0.1)) return random.bytes(random.below(300));
  if (kind === "any") return random.bytes(random.below(random.chance(0.01) ? 20_000 : 64));
  const seed = Buffer.from(random.pick(kind === "relay" ? relayMessages : portalMessages));
  if (kind === "portal") {
    // Another stream: the last byte of its id.
    seed[17] = random.below(streamIds);
  } else if (random.chance(0.5)) {
    // Another name of the same length.
    const at = seed.indexOf("n3");
    if (at >= 0) seed.write(random.below(0x100).toString(16).padStart(2, "0"), at, "latin1");
  }
  return random.chance(0.3) ? seed : mutated(seed, random);
}

interface FrameParts {
  readonly onward: readonly string[];
  readonly back: readonly string[];
  readonly hopCount: number;
  readonly payload: Uint8Array;
}

/** A message frame: version, length of the header, header, payload. See PROTOCOL.md, "Message frame". */
function encodeFrame({ onward, back, hopCount, payload }: FrameParts): Buffer {
  const header = Buffer.concat([
    Buffer.of(0x93),
    encodeRoute(onward),
    encodeRoute(back),
    encodeUint(hopCount),
  ]);
  const prefix = Buffer.of(1, header.length >> 8, header.length & 0xff);
  return Buffer.concat([prefix, header, payload]);
}

function encodeRoute(route: readonly string[]): Buffer {
  const head = route.length < 16 ? Buffer.of(0x90 | route.length) : Buffer.of(0xdc, 0, route.length);
  return Buffer.concat([head, ...route.map(encodeText)]);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = bytes.length < 32 ? Buffer.of(0xa0 | bytes.length) : Buffer.of(0xd9, bytes.length);
  return Buffer.concat([head, bytes]);
}

function encodeUint(value: number): Buffer {
  if (value < 128) return Buffer.of(value);
  if (value < 256) return Buffer.of(0xcc, value);
  if (value < 65_536) return Buffer.of(0xcd, value >> 8, value & 0xff);
  const bytes = Buffer.alloc(5);
  bytes[0] = 0xce;
  bytes.writeUInt32BE(value, 1);
  return bytes;
}
