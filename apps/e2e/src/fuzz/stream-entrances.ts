import type { Random } from "../harness/random.js";
import type { MessageFrames } from "./message-frames.js";
import { mutated } from "./mutated.js";
import type { StreamFuzz } from "./sessions.js";

/** The hello of PROTOCOL.md, "TCP". */
const hello = Buffer.from("43554c56010000000011000000003a98", "hex");

const controls: readonly Buffer[] = ["80010000", "80020000", "ffff0004deadbeef", "80030000", "80010400"].map(
  (text) => Buffer.from(text, "hex"),
);

/** Connections of peers: a hello, mostly a right one, frames that are read, and a last one that is not. */
export function tcpPeers(frames: MessageFrames): StreamFuzz {
  return (random, index, count) => {
    const greeting = index > 0 ? [] : [random.chance(0.98) ? hello : mutated(hello, random)];
    const isLast = index === count - 1;
    return Buffer.concat([
      ...greeting,
      isLast ? lastFrame(frames, random) : withLength(frames.readable(random)),
    ]);
  };
}

function withLength(frame: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

function lastFrame(frames: MessageFrames, random: Random): Buffer {
  return random.pick<() => Buffer>([
    () => mutated(withLength(frames.readable(random)), random),
    () => Buffer.concat([random.pick(controls), random.bytes(random.below(64))]),
    () => Buffer.from(random.bytes(random.below(4_000))),
    () => withLength(frames.broken(random)),
  ])();
}

/** Visitors of an inlet: bytes, whatever they are. */
export const visitors: StreamFuzz = (random) =>
  random.bytes(random.below(random.chance(0.02) ? 60_000 : 400));

const operations = [
  ..."node.show node.traffic worker.list service.list tcp-inlet.list relay.list message.send route.trace".split(
    " ",
  ),
  ..."tcp-listener.create tcp-connection.create tcp-outlet.create tcp-inlet.create relay.create".split(" "),
  ..."relay.delete service.start __proto__ constructor".split(" "),
];

/** Parameters that no operation takes whole, so that nothing is made that a fuzz would have to clean up. */
const bodies = [
  '{"fuzz":1}',
  '{"name":"../../x","fuzz":1}',
  '{"where":"127.0.0.1:0","fuzz":1}',
  '{"to":"127.0.0.1:1","address":"__proto__","fuzz":1}',
  '{"route":["echo"],"payload":"aGk=","timeoutMs":"1","fuzz":1}',
  '{"__proto__":{"a":1},"fuzz":1}',
  "[[[[[[[[[[]]]]]]]]]]",
  "null",
];

/** Requests of the control socket. */
export const controlRequests: StreamFuzz = (random, index, count) => {
  const body = Buffer.from(random.pick(bodies));
  const content = random.chance(0.5) ? body : mutated(body, random);
  const path = `/${random.pick(operations)}`;
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${content.length}\r\n\r\n`;
  return request(random, index === count - 1, Buffer.concat([Buffer.from(head), content]));
};

const requestLines = ["HEAD /", "HEAD /", "GET /show", "GET /metrics", "GET /%2e%2e", "POST /", "GET //x?#"];

/** Requests of the HTTP server. */
export const httpRequests: StreamFuzz = (random, index, count) => {
  const host = random.pick(["localhost", "127.0.0.1:1", "x"]);
  const text = `${random.pick(requestLines)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  return request(random, index === count - 1, Buffer.from(text));
};

/** A request; the last of a connection with faults, as the server reads none behind it. */
function request(random: Random, isLast: boolean, bytes: Uint8Array): Uint8Array {
  return isLast ? mutated(bytes, random) : bytes;
}
