import { connect, type NetConnectOpts } from "node:net";
import { type Connection, deferred } from "@x/core";
import { Random } from "../harness/random.js";
import { brokenFrame, encodeFrame, type FuzzTarget, readableFrame } from "./frames.js";

/** Longest wait for a node to close or answer, in milliseconds. Counted as stuck beyond it. */
const answerTimeoutMs = 5_000;

/** Connections at once to each entrance, and most frames of one. */
const [parallelSessions, maxSessionFrames] = [8, 100];

/** Frames between two questions that must be answered: few enough for every receive buffer. */
const perQuestion = 32;

const questionText = "are you still there?";

/** What was done to one entrance. */
export interface Assault {
  readonly entrance: string;
  /** Frames, requests or pieces that were handed to the system. */
  readonly sent: number;
  readonly connections: number;
  /** Connections of which the node gave no sign within the limit. */
  readonly stuck: number;
}

/** One connection: sends so many frames, waits for the end. Gives how many left, and whether the node answered as it should. */
export type Session = (
  frames: number,
  random: Random,
) => Promise<{ readonly sent: number; readonly isStuck: boolean }>;

/** Runs sessions, several at a time, until so many frames were sent. Each has random choices of its own, so that their order does not matter. */
export async function assault(
  entrance: string,
  session: Session,
  { frames, seed }: { readonly frames: number; readonly seed: number },
): Promise<Assault> {
  let [sent, planned, connections, stuck] = [0, 0, 0, 0];
  const run = async (): Promise<void> => {
    while (planned < frames) {
      const random = new Random(seed + connections++);
      const count = Math.min(1 + random.below(maxSessionFrames), frames - planned);
      planned += count;
      const result = await session(count, random);
      sent += result.sent;
      // What did not leave is sent by another one.
      planned -= count - Math.min(count, result.sent);
      if (result.isStuck) stuck++;
    }
  };
  await Promise.all(Array.from({ length: parallelSessions }, run));
  return { entrance, sent, connections, stuck };
}

/** A peer over a path of datagrams that changes some: asks for an echo now and then, and gets it, or is told that it is cut off. */
export function udpSession(dial: () => Promise<Connection>, targets: readonly FuzzTarget[]): Session {
  return async (count, random) => {
    // A greeting that was mutated on its way counts as what was sent.
    const connection = await dial().catch(() => undefined);
    if (connection === undefined) return { sent: 1, isStuck: false };
    let sign = deferred<boolean>();
    connection.start({
      onFrame: (frame) => void (Buffer.from(frame).includes(questionText) && sign.resolve(true)),
      onClose: () => sign.resolve(false),
    });
    const question = encodeFrame([["echo"], ["reply"], 0], Buffer.from(questionText));
    let sent = 0;
    const send = (frame: Buffer): boolean => {
      try {
        void connection.send([frame]);
        return true;
      } catch {
        return false;
      }
    };
    for (let isOpen: boolean | undefined = true; sent < count && isOpen; ) {
      sign = deferred();
      for (let batch = Math.min(perQuestion, count - sent); batch > 0; batch--, sent++) {
        const make = sent === count - 1 || random.chance(0.005) ? brokenFrame : readableFrame;
        if (!send(make(targets, random))) return { sent, isStuck: false };
      }
      // Again and again, as datagrams get lost on a busy machine.
      const asking = setInterval(() => send(question), 200);
      send(question);
      const late = setTimeout(() => sign.reject(new Error("no answer")), answerTimeoutMs);
      isOpen = await sign.promise.catch(() => undefined);
      clearInterval(asking);
      clearTimeout(late);
      if (isOpen === undefined) return { sent, isStuck: true };
    }
    void connection.close();
    return { sent, isStuck: false };
  };
}

/** What a connection to a stream entrance carries: piece `index` of `count`. */
export type StreamFuzz = (random: Random, index: number, count: number) => Uint8Array;

/** Sends each connection's pieces in one write, ends it and waits until the node has closed too. */
export function streamSession(where: NetConnectOpts, piece: StreamFuzz): Session {
  return (count, random) =>
    new Promise((resolve) => {
      const pieces = Array.from({ length: count }, (_, index) => piece(random, index, count));
      const socket = connect(where).on("error", () => {});
      let [sent, isStuck] = [0, false];
      const timer = setTimeout(() => {
        isStuck = true;
        socket.destroy();
      }, answerTimeoutMs);
      const leave = (): void => {
        // Without a good end; only TCP has a reset.
        if (socket.remoteFamily === undefined) socket.destroy();
        else if (!socket.destroyed) socket.resetAndDestroy();
      };
      socket.once("connect", () => {
        socket.write(Buffer.concat(pieces), (error) => {
          if (!error) sent = count;
        });
        if (random.chance(0.9)) socket.end();
        else setTimeout(leave, random.below(20));
      });
      socket.once("close", () => {
        clearTimeout(timer);
        resolve({ sent, isStuck });
      });
      socket.resume();
    });
}
