import { StreamMachine } from "../machine/stream-machine.js";
import { defaultStreamSettings } from "../machine/stream-settings.js";
import { PathMemory } from "../path/path-memory.js";
import { decodeStreamMessage, encodeReset, encodeShort } from "../protocol/stream-message.js";
import { readU48 } from "../protocol/wire-bytes.js";
import { Pages } from "../resources/pages.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import type { LentBytes } from "../send/send-buffer.js";
import type { Random } from "./random.js";
import type { Refused, SimulatedNetwork } from "./simulated-network.js";
import type { VirtualTime } from "./virtual-time.js";

/** What the program at one end does. */
export interface Program {
  /** Bytes it sends, then it ends its direction. */
  readonly bytes: number;
  /** Most bytes per write. */
  readonly writeBytes: number;
  /** Longest pause between writes, in milliseconds. */
  readonly pauseMs: number;
  /** Longest time to take a piece in, in milliseconds. */
  readonly readMs: number;
  /** It breaks the stream after so many bytes were written; never when absent. */
  readonly breaksAt: number | undefined;
}

/** The byte at an offset of one direction. */
function patternByte(offset: number, isFromAcceptor: boolean): number {
  return ((Math.imul(offset, 2_654_435_761) >>> 13) & 0xff) ^ (isFromAcceptor ? 0x5a : 0);
}

/** One end of a simulated stream: the state machine, and a program that writes a pattern and checks the other's. */
export class SimulatedEnd {
  stream: StreamMachine | undefined;
  peer: SimulatedEnd | undefined;
  received = 0;
  hasEnd = false;
  /** Highest number of bytes the budget held. */
  peakBytes = 0;
  fault: string | undefined;
  readonly id: string;
  readonly isAcceptor: boolean;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #budget: StreamBudget;
  readonly #network: SimulatedNetwork;
  readonly #program: Program;
  #written = 0;
  #isWriting = false;
  #isReading = false;
  #path = new PathMemory();
  #pathFrom = 1;
  #wakeAt: number = Number.POSITIVE_INFINITY;

  constructor(
    surroundings: {
      id: string;
      time: VirtualTime;
      random: Random;
      budget: StreamBudget;
      network: SimulatedNetwork;
    },
    isAcceptor: boolean,
    program: Program,
  ) {
    this.id = surroundings.id;
    this.#time = surroundings.time;
    this.#random = surroundings.random;
    this.#budget = surroundings.budget;
    this.#network = surroundings.network;
    this.isAcceptor = isAcceptor;
    this.#program = program;
  }

  get isDone(): boolean {
    return (
      this.stream !== undefined &&
      this.stream.phase === "closed" &&
      (this.hasEnd || this.stream.reason !== undefined)
    );
  }

  /** Begins: an opener opens the stream, an acceptor takes it in. */
  begin(): StreamMachine {
    const role = this.isAcceptor ? "acceptor" : "opener";
    const options = {
      id: this.id,
      role,
      path: this.#path,
      budget: this.#budget,
      pages: new Pages(),
      settings: { ...defaultStreamSettings, openTimeoutMs: 60_000 },
    } as const;
    this.stream = new StreamMachine(options, this.#time.now);
    this.#time.after(this.#random.next() * this.#program.pauseMs, () => this.#write());
    if (!this.isAcceptor) {
      this.#time.after(this.#random.next(), () => {
        this.stream?.start();
        this.settle();
      });
    }
    return this.stream;
  }

  /** The path broke and says so, or it came back, or another is taken. */
  path(event: "down" | "up" | "other"): void {
    if (this.stream === undefined) return;
    if (event === "down") this.stream.pathDown(this.#time.now);
    else {
      if (event === "other") this.#path = new PathMemory();
      this.#pathFrom = this.stream.nextNumber;
      this.stream.movePath(this.#path, this.#time.now);
    }
    this.settle();
  }

  arrive(message: Uint8Array): void {
    const decoded = decodeStreamMessage(message);
    if (decoded === undefined || decoded.fromAcceptor === this.isAcceptor) {
      this.fault ??= "a message does not read as it was written";
      return;
    }
    const now = this.#time.now;
    if (decoded.kind === "segment") {
      if (this.stream === undefined && decoded.segment.open) this.begin();
      const { stream } = this;
      if (stream === undefined || stream.phase === "closed") {
        this.#answerEnded(stream);
        return;
      }
      stream.receive(decoded.segment, now, () => spoil(decoded.segment.data));
    } else if (decoded.kind === "reset") {
      this.stream?.receiveReset(decoded.reason);
      this.#transmit(unlent(encodeShort("closed", this.id, this.isAcceptor)));
    } else if (decoded.kind === "closed") this.stream?.receiveClosed();
    this.settle();
  }

  refused(meaning: Refused, message: Uint8Array): void {
    if (this.stream === undefined || (message[0] ?? 0) % 16 !== 3) return;
    const packetNumber = readU48(message, 18);
    if (packetNumber < this.#pathFrom || !this.stream.isUnderWay(packetNumber)) return;
    if (meaning === "busy") this.stream.refusedAsBusy(packetNumber, this.#time.now);
    else if (meaning === "tooLarge") this.stream.refusedAsTooLarge(packetNumber);
    else this.stream.pathDown(this.#time.now);
    this.settle();
  }

  settle(): void {
    const { stream } = this;
    if (stream === undefined) return;
    this.#read(stream);
    for (let turns = 0; ; turns++) {
      const message = stream.poll(this.#time.now);
      if (message === undefined) break;
      if (turns > 100_000) {
        this.fault ??= "it sends without end";
        break;
      }
      this.#transmit(message);
    }
    if (stream.wantsBytes && !this.#isWriting) this.#writeSoon();
    this.peakBytes = Math.max(this.peakBytes, this.#budget.usedBytes);
    this.#plan(stream.deadline);
  }

  #plan(deadline: number): void {
    if (deadline >= this.#wakeAt || deadline === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = deadline;
    this.#time.at(deadline, () => {
      if (this.#wakeAt !== deadline) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.stream?.onTime(this.#time.now);
      this.settle();
    });
  }

  #writeSoon(): void {
    if (this.#written > this.#program.bytes) return;
    this.#isWriting = true;
    this.#time.after(this.#random.next() * this.#program.pauseMs, () => {
      this.#isWriting = false;
      this.#write();
    });
  }

  #write(): void {
    const { stream } = this;
    const { bytes, writeBytes, breaksAt } = this.#program;
    if (stream === undefined || !stream.wantsBytes || this.#written > bytes) return;
    if (breaksAt !== undefined && this.#written >= breaksAt) {
      stream.reset({ code: "STREAM_RESET", text: "the program broke it" }, this.#time.now);
    } else if (this.#written === bytes) {
      this.#written++;
      stream.start();
      stream.end();
    } else {
      const length = Math.min(bytes - this.#written, this.#random.between(1, writeBytes));
      const chunk = new Uint8Array(length);
      for (let index = 0; index < length; index++)
        chunk[index] = patternByte(this.#written + index, this.isAcceptor);
      this.#written += length;
      this.#hand(stream, chunk);
    }
    this.settle();
  }

  /** Memory that is lent or copied is used for something else as soon as the stream gives it back. */
  #hand(stream: StreamMachine, chunk: Uint8Array): void {
    if (this.#random.chance(0.3)) {
      stream.writeCopy(chunk, this.#time.now);
      spoil(chunk);
    } else stream.write(chunk, this.#time.now, () => spoil(chunk));
  }

  /** A program reads pieces one after another, each in its time. */
  #read(stream: StreamMachine): void {
    if (this.#isReading) {
      stream.keep();
      return;
    }
    const piece = stream.read();
    const bytes = piece?.bytes;
    if (bytes === undefined) {
      if (stream.isRead) this.hasEnd = true;
      return;
    }
    this.#check(bytes);
    piece?.release?.();
    this.#isReading = true;
    this.#time.after(this.#random.next() * this.#program.readMs, () => {
      this.#isReading = false;
      stream.consumed(bytes.length);
      this.settle();
    });
  }

  #check(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== patternByte(this.received + index, !this.isAcceptor)) {
        this.fault ??= `byte ${this.received + index} is wrong`;
      }
    }
    this.received += bytes.length;
  }

  #answerEnded(stream: StreamMachine | undefined): void {
    const isSuccess = stream !== undefined && stream.reason === undefined;
    const reason = stream?.reason ?? { code: "STREAM_LOST", text: "" };
    this.#transmit(
      unlent(
        isSuccess
          ? encodeShort("closed", this.id, this.isAcceptor)
          : encodeReset(this.id, this.isAcceptor, reason),
      ),
    );
  }

  #transmit(message: LentBytes): void {
    this.#network.send(message, {
      arrive: (message) => this.peer?.arrive(message),
      refused: (meaning, message) => this.refused(meaning, message),
    });
  }
}

function unlent(message: Uint8Array): LentBytes {
  return { parts: [message], release: undefined };
}

/** What happens to memory that was given back. */
function spoil(bytes: Uint8Array): void {
  bytes.fill(0xee);
}
