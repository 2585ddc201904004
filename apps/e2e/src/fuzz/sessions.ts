import { connect, type NetConnectOpts } from "node:net";
import { Random } from "../harness/random.js";

/** Longest wait for a node to close or answer, in milliseconds. Counted as stuck beyond it. */
export const answerTimeoutMs = 5_000;

/** Connections at once to each entrance. */
const parallelSessions = 8;

/** Most frames of one connection; the last is meant to end it. */
const maxSessionFrames = 100;

/** What was done to one entrance. */
export interface Assault {
  readonly entrance: string;
  /** Frames, requests or pieces that were handed to the system. */
  readonly sent: number;
  readonly connections: number;
  /** Connections of which the node gave no sign within the limit. */
  readonly stuck: number;
  readonly tookMs: number;
}

/** One connection: sends so many frames, waits for the end. Gives how many left, and whether the node answered as it should. */
export type Session = (
  frames: number,
  random: Random,
) => Promise<{ readonly sent: number; readonly isStuck: boolean }>;

/** What a connection to a stream entrance carries: frame `index` of `count`, as it goes on the wire. */
export type StreamFuzz = (random: Random, index: number, count: number) => Uint8Array;

/** Runs sessions, several at a time, until so many frames were sent. Each has random choices of its own, so that their order does not matter. */
export async function assault(
  entrance: string,
  session: Session,
  { frames, seed }: { readonly frames: number; readonly seed: number },
): Promise<Assault> {
  const startedAt = performance.now();
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
  return { entrance, sent, connections, stuck, tookMs: performance.now() - startedAt };
}

/** Sends each connection's frames in one write, ends it and waits until the node has closed too. */
export function streamSession(where: NetConnectOpts, frame: StreamFuzz): Session {
  return (count, random) =>
    new Promise((resolve) => {
      const frames = Array.from({ length: count }, (_, index) => frame(random, index, count));
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
        socket.write(Buffer.concat(frames), (error) => {
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
