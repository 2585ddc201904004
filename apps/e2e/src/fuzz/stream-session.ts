import { connect, type NetConnectOpts, type Socket } from "node:net";
import { answerTimeoutMs } from "./limits.js";
import type { Random } from "./random.js";
import type { Session } from "./sessions.js";

/** What a connection to a stream entrance carries. */
export interface StreamFuzz {
  /** Said first; counts as no frame. */
  readonly greeting?: Uint8Array;
  /** Frame `index` of `count`, as it goes on the wire. */
  frame(random: Random, index: number, count: number): Uint8Array;
}

/** Sends each connection's frames in one write, ends it and waits until the node has closed too. */
export function streamSession(where: NetConnectOpts, fuzz: StreamFuzz): Session {
  return (count, random) =>
    new Promise((resolve) => {
      const frames = Array.from({ length: count }, (_, index) => fuzz.frame(random, index, count));
      const socket = connect(where);
      let sent = 0;
      let isStuck = false;
      const timer = setTimeout(() => {
        isStuck = true;
        socket.destroy();
      }, answerTimeoutMs);
      socket.on("error", () => {});
      socket.once("connect", () => {
        const batch = Buffer.concat(fuzz.greeting === undefined ? frames : [fuzz.greeting, ...frames]);
        socket.write(batch, (error) => {
          if (!error) sent = count;
        });
        if (random.chance(0.9)) socket.end();
        else setTimeout(() => leave(socket), random.below(20));
      });
      socket.once("close", () => {
        clearTimeout(timer);
        resolve({ sent, isStuck });
      });
      socket.resume();
    });
}

/** Without a good end; only TCP has a reset. */
function leave(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
