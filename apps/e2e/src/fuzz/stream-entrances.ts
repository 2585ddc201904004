import type { Random } from "../harness/random.js";
import { brokenFrame, type FuzzTarget, readableFrame, tcpHello } from "./frames.js";
import type { StreamFuzz } from "./sessions.js";

/** Connections of peers: a hello, mostly a right one, frames that are read, and a last one that is not. */
export function tcpPeers(targets: readonly FuzzTarget[]): StreamFuzz {
  const withLength = (frame: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    return Buffer.concat([length, frame]);
  };
  return (random, index, count) => {
    const frame = withLength(readableFrame(targets, random));
    const last = random.pick<() => Buffer>([
      () => random.mutated(frame),
      () => Buffer.concat([Buffer.of(0x80 | random.below(2), random.below(6), 0, 0), random.bytes(9)]),
      () => random.bytes(random.below(4_000)),
      () => withLength(brokenFrame(targets, random)),
    ]);
    const greeting = random.chance(0.98) ? tcpHello : random.mutated(tcpHello);
    return Buffer.concat([...(index === 0 ? [greeting] : []), index === count - 1 ? last() : frame]);
  };
}

/** Visitors of an inlet: bytes, whatever they are. */
export const visitors: StreamFuzz = (random) =>
  random.bytes(random.below(random.chance(0.02) ? 60_000 : 400));

const operations = [
  ..."node.show node.traffic worker.list service.list tcp-inlet.list relay.list message.send".split(" "),
  ..."route.trace tcp-listener.create tcp-connection.create tcp-outlet.create tcp-inlet.create".split(" "),
  ..."relay.create relay.delete service.start __proto__ constructor".split(" "),
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
export const controlRequests: StreamFuzz = httpFuzz((random) => {
  const body = Buffer.from(random.pick(bodies));
  return [`POST /${random.pick(operations)}`, "x", random.chance(0.5) ? body : random.mutated(body)];
});

const requestLines = ["HEAD /", "HEAD /", "GET /show", "GET /metrics", "GET /%2e%2e", "POST /", "GET //x?#"];

/** Requests of the HTTP server. */
export const httpRequests: StreamFuzz = httpFuzz((random) => [
  random.pick(requestLines),
  random.pick(["localhost", "127.0.0.1:1", "x"]),
]);

/** Requests after each other; the last of a connection with faults, as the server reads none behind it. */
function httpFuzz(
  make: (random: Random) => readonly [line: string, host: string, body?: Uint8Array],
): StreamFuzz {
  return (random, index, count) => {
    const [line, host, body] = make(random);
    const length = body === undefined ? "" : `content-length: ${body.length}\r\n`;
    const head = Buffer.from(`${line} HTTP/1.1\r\nhost: ${host}\r\n${length}\r\n`);
    const bytes = Buffer.concat([head, body ?? Buffer.alloc(0)]);
    return index === count - 1 ? random.mutated(bytes) : bytes;
  };
}
