import { CulvertError, isCulvertError, type Release } from "@x/core";
import {
  longPauseTicks,
  maxBytesPerTurn,
  maxControlBytes,
  maxFramesPerTurn,
  runBytes,
  smallFrameBytes,
} from "../limits.js";
import { nextTurn, ownMemory, pooledMemory } from "../platform.js";
import type { ByteSink } from "./byte-stream.js";
import { controlBit } from "./control.js";
import { decodeHello, type Hello } from "./hello.js";
import type { ReadBuffer } from "./read-buffer.js";
import { readWord } from "./word.js";

/** What a reader finds in the bytes of a connection. */
export interface ReadSink {
  /**
   * A frame, in one piece that belongs to the receiver until it calls `release`. Nothing more is delivered while a returned
   * promise is pending, and not more than {@link maxFramesPerTurn} frames or {@link maxBytesPerTurn} in one turn.
   */
  readonly onFrame: (frame: Uint8Array, release?: Release) => Promise<void> | undefined;
  /** A control frame of this kind. */
  readonly onControl: (kind: number) => void;
  /** The reader waited and goes on: read more. */
  readonly onResume: () => void;
  /** The bytes make no sense, or `onFrame` failed. Nothing more is delivered. */
  readonly onFail: (error: CulvertError) => void;
}

/** Turns the bytes of one connection into its hello and then its frames. */
export class FrameReader implements ByteSink {
  /** Set whenever bytes came; whoever watches the peer's life clears it. */
  heard = false;
  readonly #buffer: ReadBuffer;
  readonly #maxFrameBytes: number;
  #onHello: ((hello: Hello | CulvertError) => void) | undefined;
  #sink: ReadSink | undefined;
  #waiting = false;
  #stopped = false;
  #need = 0;
  /** Small frames that were moved out together and are being handed over. */
  #run: Uint8Array | undefined;
  #runAt = 0;
  #framesThisTurn = 0;
  #bytesThisTurn = 0;
  /** Frames that came so far, and at the last tick. */
  #taken = 0;
  #takenAtTick = 0;
  #partialTicks = 0;
  #pausedTicks = 0;

  constructor(buffer: ReadBuffer, maxFrameBytes: number) {
    this.#buffer = buffer;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Whether reading is to stop for now. */
  get paused(): boolean {
    return this.#waiting && !this.#stopped;
  }

  /** Hands the first bytes to the handshake. Reading pauses behind the hello. */
  awaitHello(onHello: (hello: Hello | CulvertError) => void): void {
    this.#onHello = onHello;
  }

  /** Begins to deliver frames. */
  start(sink: ReadSink): void {
    this.#sink = sink;
    this.#goOn();
  }

  /** Delivers nothing more; what still comes is thrown away. */
  stop(): void {
    this.#stopped = true;
    this.#sink = undefined;
    this.#onHello = undefined;
    this.#run = undefined;
    this.#buffer.discard();
  }

  /** How many ticks ago the frame began that is still incomplete. Ticks during which this end did not read do not count. */
  get partialTicks(): number {
    return this.#partialTicks;
  }

  /**
   * Memory of a frame that was incomplete for a tick, or of frames behind one whose receiver is busy for long. A connection on
   * which frames come and go counts nothing.
   */
  get partialBytes(): number {
    return this.#partialTicks > 0 || this.#pausedTicks >= longPauseTicks ? this.#buffer.heldBytes : 0;
  }

  /** Called every tick, so that a quiet connection holds no memory. `late` says that time passed without this process. */
  tick(late: boolean): void {
    this.#buffer.tick();
    if (this.#buffer.rest === 0 || this.#taken !== this.#takenAtTick) this.#partialTicks = 0;
    else if (!late && !this.paused) this.#partialTicks++;
    this.#pausedTicks = this.paused && this.#taken === this.#takenAtTick ? this.#pausedTicks + 1 : 0;
    this.#takenAtTick = this.#taken;
  }

  /** Where the next bytes are to be put. */
  space(): Uint8Array {
    return this.#buffer.space(this.#need);
  }

  /** Takes bytes that were put into `space`. Returns false when reading is to stop until `onResume`. */
  filled(count: number): boolean {
    this.#buffer.filled(count);
    return this.#parse();
  }

  /** Takes a chunk read elsewhere. Returns false when reading is to stop until `onResume`. */
  append(chunk: Uint8Array): boolean {
    this.#buffer.append(chunk, this.#need);
    return this.#parse();
  }

  #parse(): boolean {
    this.heard = true;
    try {
      if (this.#onHello !== undefined) this.#takeHello(this.#onHello);
      while (!this.#waiting && this.#sink !== undefined && this.#takeNext(this.#sink));
    } catch (error) {
      this.#fail(error);
    }
    if (this.#stopped) this.#buffer.discard();
    this.#buffer.keep();
    return !this.paused;
  }

  #takeHello(onHello: (hello: Hello | CulvertError) => void): void {
    const { bytes, start, end } = this.#buffer;
    const found = decodeHello(bytes.subarray(start, end));
    if (found === undefined) return;
    this.#onHello = undefined;
    this.#buffer.start += found.length;
    this.#waiting = true;
    onHello(found.hello);
  }

  /** Takes one frame, or a run of small ones. Returns false when more bytes are needed. */
  #takeNext(sink: ReadSink): boolean {
    if (this.#run !== undefined) return this.#handRun(sink, this.#run);
    const { bytes, start, end, owned } = this.#buffer;
    this.#need = 4;
    if (end - start < 4) return false;
    const word = readWord(bytes, start);
    if (word >= controlBit) return this.#takeControl(sink, word);
    if (word > this.#maxFrameBytes) throw frameTooLarge(word, this.#maxFrameBytes);
    this.#need = 4 + word;
    if (end - start < this.#need) return false;
    if (word < smallFrameBytes) return this.#takeRun(sink, this.#endOfRun());
    this.#buffer.start += this.#need;
    const frame = bytes.subarray(start + 4, start + 4 + word);
    if (owned) this.#deliver(sink, frame, this.#buffer.lend());
    else this.#deliver(sink, copyOf(frame));
    return true;
  }

  #takeControl(sink: ReadSink, word: number): boolean {
    const bodyBytes = word & 0xffff;
    if (bodyBytes > maxControlBytes) {
      throw new CulvertError(
        "FRAME_INVALID",
        `Cannot read control frame of ${bodyBytes} bytes: limit is ${maxControlBytes} bytes`,
      );
    }
    this.#need = 4 + bodyBytes;
    if (this.#buffer.rest < this.#need) return false;
    this.#buffer.start += this.#need;
    sink.onControl((word >>> 16) & 0x7fff);
    this.#countInTurn(bodyBytes);
    if (this.#isTurnOver) this.#pauseTurn();
    return true;
  }

  /** Finds where the small frames end that begin at `start` and are complete. */
  #endOfRun(): number {
    const { bytes, start, end } = this.#buffer;
    let at = start + this.#need;
    while (at + 4 <= end) {
      const word = readWord(bytes, at);
      if (word >= smallFrameBytes) break;
      const next = at + 4 + word;
      if (next > end || next - start > runBytes) break;
      at = next;
    }
    return at;
  }

  #takeRun(sink: ReadSink, runEnd: number): boolean {
    const { bytes, start, owned } = this.#buffer;
    const view = bytes.subarray(start, runEnd);
    // A small frame that somebody keeps would pin the whole slab, so runs of them move out in one copy.
    const isKept = owned && bytes.length <= runBytes;
    const run = isKept ? view : pooledMemory(view.length);
    if (isKept) this.#buffer.lend();
    else run.set(view);
    this.#run = run;
    this.#runAt = 0;
    return this.#handRun(sink, run);
  }

  /** Goes on with a run, which a receiver that is busy in between must not make anew for each frame. */
  #handRun(sink: ReadSink, run: Uint8Array): boolean {
    while (this.#runAt < run.length && !this.#waiting && !this.#stopped) {
      const from = this.#runAt + 4;
      const end = from + readWord(run, this.#runAt);
      this.#buffer.start += end - this.#runAt;
      this.#runAt = end;
      this.#deliver(sink, new Uint8Array(run.buffer, run.byteOffset + from, end - from));
    }
    if (this.#runAt === run.length) this.#run = undefined;
    return true;
  }

  #deliver(sink: ReadSink, frame: Uint8Array, release?: Release): void {
    this.#countInTurn(frame.length);
    const room = sink.onFrame(frame, release);
    if (room !== undefined) {
      this.#waiting = true;
      room.then(this.#onRoom, (error: unknown) => this.#fail(error));
    } else if (this.#isTurnOver) this.#pauseTurn();
  }

  #countInTurn(bytes: number): void {
    this.#taken++;
    if (this.#framesThisTurn++ === 0) nextTurn(this.#onTurn);
    this.#bytesThisTurn += bytes;
  }

  get #isTurnOver(): boolean {
    return this.#framesThisTurn >= maxFramesPerTurn || this.#bytesThisTurn >= maxBytesPerTurn;
  }

  /** Stops until the next turn. What was set for its begin before this runs before it. */
  #pauseTurn(): void {
    this.#waiting = true;
    nextTurn(this.#onRoom);
  }

  readonly #onTurn = (): void => {
    this.#framesThisTurn = 0;
    this.#bytesThisTurn = 0;
  };

  /** A receiver may be ready again within the same turn. */
  readonly #onRoom = (): void => {
    if (this.#isTurnOver) this.#pauseTurn();
    else this.#goOn();
  };

  #goOn(): void {
    this.#waiting = false;
    if (this.#stopped) return;
    const sink = this.#sink;
    const heard = this.heard;
    const more = this.#parse();
    this.heard = heard;
    if (more) sink?.onResume();
  }

  #fail(error: unknown): void {
    const reason = isCulvertError(error)
      ? error
      : new CulvertError("INTERNAL", "Cannot deliver frame: its receiver failed", { cause: error });
    const { onFail } = this.#sink ?? {};
    const onHello = this.#onHello;
    this.stop();
    if (onHello !== undefined) onHello(reason);
    else onFail?.(reason);
  }
}

function frameTooLarge(bytes: number, limit: number): CulvertError {
  return new CulvertError("FRAME_TOO_LARGE", `Cannot read frame of ${bytes} bytes: limit is ${limit} bytes`);
}

function copyOf(frame: Uint8Array): Uint8Array {
  const copy = ownMemory(frame.length);
  copy.set(frame);
  return copy;
}
