import type { Fault } from "./fault.js";
import { withHandlers, withSend } from "./plant.js";

const refusedReleases = withSend((send) => (parts, release) => {
  try {
    return send(parts);
  } catch (failure) {
    release?.();
    throw failure;
  }
});

export const memoryFaults: readonly Fault[] = [
  {
    fault: "releases a frame's bytes while they wait to be sent",
    noticedBy: "releases a frame's bytes at most once",
    failure: /frame \d+ is |frames arrived/,
    plant: withSend((send) => (parts, release) => {
      const room = send(parts);
      release?.();
      return room;
    }),
  },
  {
    fault: "releases a frame's bytes twice",
    noticedBy: "releases a frame's bytes at most once",
    failure: /was released 2 times/,
    plant: withSend((send) => (parts, release) => {
      const room = send(parts.map((part) => part.slice()));
      release?.();
      release?.();
      return room;
    }),
  },
  {
    fault: "releases what it refused",
    noticedBy: "does not release what send() refused",
    failure: /2 frames were released/,
    plant: refusedReleases,
  },
  {
    fault: "uses a frame's memory again before it is released",
    noticedBy: "leaves a frame as it is until its receiver releases it",
    failure: /kept frame \d+ changed/,
    plant: withHandlers(({ onFrame }) => {
      const buffer = new Uint8Array(100_000);
      return {
        onFrame: (frame) => {
          buffer.set(frame);
          return onFrame(buffer.subarray(0, frame.length), () => {});
        },
      };
    }),
  },
  {
    fault: "takes a second release of a frame for that of another",
    noticedBy: "leaves a frame as it is until its receiver releases it",
    failure: /kept frame \d+ changed/,
    plant: withHandlers(({ onFrame }) => {
      const free: Uint8Array[] = [];
      return {
        onFrame: (frame) => {
          const buffer = free.pop() ?? new Uint8Array(100_000);
          buffer.set(frame);
          return onFrame(buffer.subarray(0, frame.length), () => void free.push(buffer));
        },
      };
    }),
  },
  {
    fault: "keeps the large buffers that its frames are pieces of",
    noticedBy: "keeps no more memory for frames that wait",
    failure: /frames of 5,000 bytes keep \d+ bytes alive/,
    plant: withSend((send) => {
      const queue: (readonly Uint8Array[])[] = [];
      return (parts) => {
        queue.push(parts);
        return send(parts.map((part) => part.slice()));
      };
    }),
  },
];
