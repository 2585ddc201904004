import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Random } from "../harness/random.js";
import type { MessageFrames } from "./message-frames.js";
import { mutated } from "./mutated.js";
import { answerTimeoutMs, type Session } from "./sessions.js";

/** Kinds of datagrams that are used here. See PROTOCOL.md, "UDP". */
const kinds = {
  hello: 1,
  cookie: 2,
  welcome: 3,
  closed: 6,
  goodbye: 7,
  ping: 8,
  pong: 9,
  frame: 10,
  fragment: 11,
};

/** Datagrams between two pings that must be answered: few enough for every receive buffer. */
const perPing = 32;

/** Opens a connection as a peer does, sends datagrams, and says goodbye. */
export function udpSession(port: number, frames: MessageFrames): Session {
  return async (count, random) => {
    const socket = createSocket("udp4").on("error", () => {});
    const peer = new UdpPeer(socket, Buffer.from(random.bytes(8)));
    let sent = 0;
    let isStuck = false;
    try {
      socket.connect(port, "127.0.0.1");
      await once(socket, "connect");
      isStuck = !(await peer.open());
      for (let left = count; left > 0 && !isStuck; left -= perPing) {
        const size = Math.min(left, perPing);
        const batch = Array.from({ length: size }, () => peer.send(datagram(peer, frames, random)));
        sent += (await Promise.all(batch)).filter((isSent) => isSent).length;
        // Either a pong, or the word that the listener has closed this connection.
        isStuck = (await peer.ask(peer.datagram(kinds.ping), kinds.pong, kinds.closed)) === undefined;
      }
      await peer.send(peer.datagram(kinds.goodbye));
    } finally {
      socket.close();
    }
    return { sent, isStuck };
  };
}

function datagram(peer: UdpPeer, frames: MessageFrames, random: Random): Buffer {
  const share = random.below(100);
  if (share < 5) return Buffer.from(random.bytes(random.below(1_400)));
  if (share < 7) return peer.datagram(kinds.frame, frames.broken(random).subarray(0, 1_400));
  if (share < 15) return peer.datagram(random.below(256), random.bytes(random.below(80)));
  const frame = frames.readable(random).subarray(0, 1_400);
  if (share < 30) return peer.datagram(kinds.fragment, fragment(frame, random));
  const whole = peer.datagram(kinds.frame, frame);
  return share < 33 ? mutated(whole, random) : whole;
}

/** One piece of a frame, seldom a fitting one. */
function fragment(frame: Buffer, random: Random): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(random.below(64), 0);
  head.writeUInt32BE(random.chance(0.5) ? frame.length : random.below(2 ** 32), 4);
  head.writeUInt16BE(random.below(4), 8);
  head.writeUInt16BE(random.below(6), 10);
  const bytes = Buffer.concat([head, frame.subarray(0, Math.ceil(frame.length / 2))]);
  return random.chance(0.8) ? bytes : mutated(bytes, random);
}

class UdpPeer {
  readonly #socket: Socket;
  readonly #id: Buffer;

  constructor(socket: Socket, id: Buffer) {
    this.#socket = socket;
    this.#id = id;
  }

  datagram(kind: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
    return Buffer.concat([Buffer.of(0x43, 0x55, 1, kind), this.#id, body]);
  }

  send(bytes: Buffer): Promise<boolean> {
    return new Promise((resolve) => this.#socket.send(bytes, (error) => resolve(!error)));
  }

  /** Asks for a cookie and comes back with it. */
  async open(): Promise<boolean> {
    const hello = Buffer.alloc(52);
    hello.writeUInt32BE(69_632, 0);
    hello.writeUInt32BE(15_000, 4);
    const cookie = await this.ask(this.datagram(kinds.hello, hello), kinds.cookie);
    if (cookie === undefined) return false;
    hello.set(cookie.subarray(12), 8);
    return (await this.ask(this.datagram(kinds.hello, hello), kinds.welcome)) !== undefined;
  }

  /** Asks again every 200 ms, as datagrams get lost on a busy machine. Gives the first answer of these kinds, or nothing in time. */
  async ask(question: Buffer, ...answers: readonly number[]): Promise<Buffer | undefined> {
    const repeat = setInterval(() => void this.send(question), 200);
    void this.send(question);
    const answer = new Promise<Buffer | undefined>((resolve) => {
      setTimeout(() => resolve(undefined), answerTimeoutMs).unref();
      this.#socket.on("message", (bytes: Buffer) => {
        if (bytes.length >= 12 && answers.includes(bytes[3] ?? 0)) resolve(bytes);
      });
    });
    return answer.finally(() => {
      clearInterval(repeat);
      this.#socket.removeAllListeners("message");
    });
  }
}
