import { maxSessionFrames, parallelSessions } from "./limits.js";
import { type Random, randomFrom } from "./random.js";

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

/** Runs sessions, several at a time, until so many frames were sent. Each has random choices of its own, so that their order does not matter. */
export async function assault(
  entrance: string,
  session: Session,
  { frames, seed }: { readonly frames: number; readonly seed: number },
): Promise<Assault> {
  const startedAt = performance.now();
  let sent = 0;
  let planned = 0;
  let connections = 0;
  let stuck = 0;
  const run = async (): Promise<void> => {
    while (planned < frames) {
      const random = randomFrom(seed + connections++);
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
