import { CulvertError } from "@x/core";

/** A length that no frame has: says that this end lives. */
const pingLength = 0xffff_ffff;

/** What goes before each frame: its length as a big-endian u32. */
export function encodeLength(bytes: number): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, bytes);
  return head;
}

/** What an end sends now and then so that its peer hears something. */
export const ping: Uint8Array = encodeLength(pingLength);

/** Cuts a stream of bytes into frames: big-endian u32 length, then the frame. Pings are skipped. */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  #lengthBytes = 0;
  #length = 0;
  #body: Uint8Array | undefined;
  #filled = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Whether the stream may end here without cutting a frame. */
  get isBetweenFrames(): boolean {
    return this.#lengthBytes === 0;
  }

  /**
   * Takes the next bytes and returns the frames they complete. Frames that lie in one chunk share its memory.
   *
   * @throws CulvertError FRAME_TOO_LARGE before anything is set aside for the frame; the stream cannot be read on
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#body === undefined) {
        at = this.#readLength(chunk, at);
        if (this.#lengthBytes < 4) break;
        if (this.#length === pingLength) {
          this.#lengthBytes = 0;
          continue;
        }
        if (chunk.length - at >= this.#length) {
          frames.push(chunk.subarray(at, at + this.#length));
          at += this.#length;
          this.#lengthBytes = 0;
          continue;
        }
        this.#body = new Uint8Array(this.#length);
        this.#filled = 0;
      }
      const piece = chunk.subarray(at, at + this.#body.length - this.#filled);
      this.#body.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < this.#body.length) break;
      frames.push(this.#body);
      this.#body = undefined;
      this.#lengthBytes = 0;
    }
    return frames;
  }

  #readLength(chunk: Uint8Array, start: number): number {
    let at = start;
    if (this.#lengthBytes === 0) this.#length = 0;
    for (; this.#lengthBytes < 4 && at < chunk.length; at += 1) {
      this.#length = this.#length * 256 + (chunk[at] as number);
      this.#lengthBytes += 1;
    }
    if (this.#lengthBytes === 4 && this.#length > this.#maxFrameBytes && this.#length !== pingLength) {
      const limit = `limit is ${this.#maxFrameBytes} bytes`;
      throw new CulvertError("FRAME_TOO_LARGE", `Cannot take frame of ${this.#length} bytes: ${limit}`);
    }
    return at;
  }
}
