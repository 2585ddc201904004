import { describe, expect, it } from "vitest";
import { FairBudget } from "../bounds/fair-budget.js";
import type { ByteStream } from "./byte-stream.js";
import { FrameWriter } from "./frame-writer.js";

const limits = { maxFrameBytes: 1_000_000, softQueueBytes: 1_048_576, hardQueueBytes: 16_777_216 };
const slabBytes = 1_048_576;

/** A stream whose system takes nothing until told to. */
class BlockedStream {
  waitingBytes = 0;
  readonly isClosed = false;
  #written: (() => void)[] = [];

  write(parts: readonly Uint8Array[], done: () => void = () => {}): void {
    for (const { length } of parts) this.waitingBytes += length;
    this.#written.push(done);
  }

  takeAll(): void {
    this.waitingBytes = 0;
    for (const done of this.#written.splice(0)) done();
  }
}

function writer(): { socket: BlockedStream; writer: FrameWriter } {
  const socket = new BlockedStream();
  return {
    socket,
    writer: new FrameWriter(
      socket as unknown as ByteStream,
      limits,
      new FairBudget(2 ** 40).joinWhole("", () => {}),
    ),
  };
}

/** A frame that is a small piece of a large buffer. */
const piece = (): Uint8Array => new Uint8Array(slabBytes).subarray(0, 5_000);

describe("FrameWriter", () => {
  it("counts the whole buffer that a frame keeps in memory, and tells senders before it refuses", async () => {
    const { socket, writer: frames } = writer();
    let sent = 0;
    let told: Promise<void> | undefined;
    const flood = (): void => {
      for (; sent < 299; sent += 1) told = frames.send([piece()]) ?? told;
    };
    expect(flood).toThrow(expect.objectContaining({ code: "CONNECTION_BUSY" }));
    expect(sent).toBeLessThanOrEqual(limits.hardQueueBytes / slabBytes);
    expect(frames.queuedBytes).toBeLessThanOrEqual(limits.hardQueueBytes + slabBytes);
    expect(told).toBeInstanceOf(Promise);
    socket.takeAll();
    frames.flush();
    socket.takeAll();
    await told;
    expect(frames.queuedBytes).toBe(0);
  });

  it("counts a buffer once, however many frames are pieces of it", () => {
    const { writer: frames } = writer();
    const slab = new Uint8Array(slabBytes);
    const rooms = Array.from({ length: 100 }, (_, index) =>
      frames.send([slab.subarray(index * 5_000, (index + 1) * 5_000)]),
    );
    expect(rooms.every((room) => room === undefined)).toBe(true);
    expect(frames.queuedBytes).toBeLessThan(slabBytes + 20_000);
  });

  it("holds nothing any more when it dropped what waits", () => {
    const { socket, writer: frames } = writer();
    void frames.send([piece()]);
    frames.drop();
    socket.takeAll();
    expect(frames.queuedBytes).toBe(0);
  });
});
