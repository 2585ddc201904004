import { type Fault, shortWaitMs } from "./fault.js";
import { join, withArrivals, withChanges, withSend } from "./plant.js";

const oneBuffer = new Uint8Array(2_000_000);
const sentBytes = new Map<string, Uint8Array>();

/** Tells the frames of the cases apart well enough. */
function keyOf(frame: Uint8Array): string {
  return `${frame.length}:${Buffer.from(frame.subarray(0, 8)).toString("hex")}`;
}

export const frameFaults: readonly Fault[] = [
  {
    fault: "cuts frames to 65,536 bytes",
    noticedBy: "carries frames of every size",
    failure: /frame 13 is 65536 bytes/,
    plant: withArrivals((frame) => [frame.subarray(0, 65_536)]),
  },
  {
    fault: "changes the last byte of a frame",
    noticedBy: "carries frames of every size",
    failure: /frame 5 is 255 bytes/,
    plant: withArrivals((frame) => {
      if (frame.length === 255) frame[254] = (frame[254] as number) ^ 1;
      return [frame];
    }),
  },
  {
    fault: "swallows empty frames",
    noticedBy: "carries an empty frame",
    failure: /0 of 1 frames arrived/,
    waitMs: shortWaitMs,
    plant: withSend((send) => (parts) => (join(parts).length === 0 ? undefined : send(parts))),
  },
  {
    fault: "sends nothing for a frame without parts",
    noticedBy: "carries an empty frame",
    failure: /1 of 2 frames arrived/,
    waitMs: shortWaitMs,
    plant: withSend((send) => (parts) => (parts.length === 0 ? undefined : send(parts))),
  },
  {
    fault: "loses frames of maxFrameBytes",
    noticedBy: "carries a frame of maxFrameBytes",
    failure: /0 of 1 frames arrived/,
    waitMs: shortWaitMs,
    plant: withArrivals((frame) => (frame.length >= 1_114_112 ? [] : [frame])),
  },
  {
    fault: "takes a frame that is too large",
    noticedBy: "refuses a frame of more than maxFrameBytes",
    failure: /did not fail with FRAME_TOO_LARGE/,
    plant: withSend((send) => (parts) => (join(parts).length > 1_114_112 ? undefined : send(parts))),
  },
  {
    fault: "takes parts that are no bytes",
    noticedBy: "refuses parts that are no bytes",
    failure: /send\(\) of "text" did not fail with FRAME_INVALID/,
    plant: withSend((send) => (parts) => {
      try {
        return send(parts);
      } catch {
        return undefined;
      }
    }),
  },
  {
    fault: "fails with an error of the platform for parts that are no bytes",
    noticedBy: "refuses parts that are no bytes",
    failure: /failed with TypeError.* instead of FRAME_INVALID/,
    plant: withSend((send) => (parts) => {
      for (const part of parts) if (part === undefined) throw new TypeError("part is undefined");
      return send(parts);
    }),
  },
  {
    fault: "closes the connection for parts that are no bytes",
    noticedBy: "refuses parts that are no bytes",
    failure: /CONNECTION_CLOSED/,
    plant: withSend((send, connection) => (parts) => {
      try {
        return send(parts);
      } catch (failure) {
        void connection.close();
        throw failure;
      }
    }),
  },
  {
    fault: "checks the size of each part and not of the frame",
    noticedBy: "refuses a frame of more than maxFrameBytes",
    failure: /parts too large in all did not fail/,
    plant: withSend((send) => (parts) => (parts.length > 1 ? undefined : send(parts))),
  },
  {
    fault: "closes the connection when a frame is too large",
    noticedBy: "refuses a frame of more than maxFrameBytes",
    failure: /CONNECTION_CLOSED/,
    plant: withSend((send, connection) => (parts) => {
      try {
        return send(parts);
      } catch (error) {
        void connection.close();
        throw error;
      }
    }),
  },
  {
    fault: "joins parts in the wrong order",
    noticedBy: "joins the parts of a frame",
    failure: /arrived 20000 bytes/,
    plant: withSend((send) => (parts) => send([...parts].reverse())),
  },
  {
    fault: "sends each part as a frame",
    noticedBy: "joins the parts of a frame",
    failure: /arrived 0 bytes/,
    plant: withSend((send) => (parts) => {
      for (const part of parts) void send([part]);
      return undefined;
    }),
  },
  {
    fault: "masks the sender's bytes in place",
    noticedBy: "joins the parts of a frame",
    failure: /changed the sender's bytes/,
    plant: withSend((send) => (parts) => {
      const copy = join(parts);
      for (const part of parts) part.fill(0);
      return send([copy]);
    }),
  },
  {
    fault: "swaps two frames",
    noticedBy: "keeps frames in order",
    failure: /frame 100 is /,
    plant: withSend((send) => {
      let number = 0;
      let held: readonly Uint8Array[] | undefined;
      return (parts) => {
        number += 1;
        if (number === 101) {
          held = parts;
          return undefined;
        }
        const room = send(parts);
        if (number === 102 && held !== undefined) void send(held);
        return room;
      };
    }),
  },
  {
    fault: "hands a frame over twice",
    noticedBy: "keeps frames in order",
    failure: /frame 43 is |501 frames arrived of 500/,
    plant: withArrivals((frame, number) => (number === 42 ? [frame, frame] : [frame])),
  },
  {
    fault: "loses one frame of a burst",
    noticedBy: "carries a burst of 1,000 small frames",
    failure: /999 of 1000 frames arrived/,
    waitMs: shortWaitMs,
    plant: withArrivals((frame, number) => (number === 700 ? [] : [frame])),
  },
  {
    fault: "stops sending once it receives",
    noticedBy: "carries frames in both directions at once",
    failure: /of \d+ frames arrived/,
    waitMs: shortWaitMs,
    plant: withChanges((connection) => {
      let received = 0;
      return {
        start: (handlers) =>
          connection.start({
            ...handlers,
            onFrame: (frame) => {
              received += 1;
              return handlers.onFrame(frame);
            },
          }),
        send: (parts) => (received > 0 ? undefined : connection.send(parts)),
      };
    }),
  },
  {
    fault: "hands frames over in one buffer that it uses again",
    noticedBy: "leaves frames alone that the receiver keeps",
    failure: /frame 0 changed|frame 0 is/,
    plant: withArrivals((frame) => {
      oneBuffer.set(frame);
      return [oneBuffer.subarray(0, frame.length)];
    }),
  },
  {
    fault: "uses the buffer of a frame again after 100 frames",
    noticedBy: "leaves frames alone that the receiver keeps",
    failure: /frame 0 changed/,
    plant: withArrivals(
      (() => {
        const ring: Uint8Array[] = [];
        return (frame: Uint8Array, number: number) => {
          const buffer = new Uint8Array(frame.length);
          const target = ring[number - 100]?.subarray(0, frame.length) ?? buffer;
          target.set(frame.subarray(0, target.length));
          ring[number] = buffer;
          buffer.set(frame);
          return [buffer];
        };
      })(),
    ),
  },
  {
    fault: "hands over the sender's own bytes",
    noticedBy: "gives frames away",
    failure: /frame 0 changed/,
    plant: withChanges((connection) => ({
      start: (handlers) =>
        connection.start({
          ...handlers,
          onFrame: (frame) => handlers.onFrame(sentBytes.get(keyOf(frame)) ?? frame),
        }),
      send: (parts) => {
        if (parts.length === 1) sentBytes.set(keyOf(join(parts)), parts[0] as Uint8Array);
        return connection.send(parts);
      },
    })),
  },
];
