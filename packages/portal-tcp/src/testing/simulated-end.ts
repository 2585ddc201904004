import type { PortalBudget } from "../budget.js";
import { PathMemory } from "../path-memory.js";
import { decodePortalMessage, encodeReset, encodeShort } from "../portal-message.js";
import { Stream } from "../stream.js";
import { streamSettings } from "../stream-settings.js";
import { readU48 } from "../wire-bytes.js";
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
function patternByte(offset: number, isFromOutlet: boolean): number {
  return ((Math.imul(offset, 2_654_435_761) >>> 13) & 0xff) ^ (isFromOutlet ? 0x5a : 0);
}

/** One end of a simulated stream: the state machine, and a program that writes a pattern and checks the other's. */
export class SimulatedEnd {
  stream: Stream | undefined;
  peer: SimulatedEnd | undefined;
  received = 0;
  hasEnd = false;
  /** Highest number of bytes the budget held. */
  peakBytes = 0;
  fault: string | undefined;
  readonly id: string;
  readonly isOutlet: boolean;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #budget: PortalBudget;
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
      budget: PortalBudget;
      network: SimulatedNetwork;
    },
    isOutlet: boolean,
    program: Program,
  ) {
    this.id = surroundings.id;
    this.#time = surroundings.time;
    this.#random = surroundings.random;
    this.#budget = surroundings.budget;
    this.#network = surroundings.network;
    this.isOutlet = isOutlet;
    this.#program = program;
  }

  get isDone(): boolean {
    return (
      this.stream !== undefined &&
      this.stream.phase === "closed" &&
      (this.hasEnd || this.stream.reason !== undefined)
    );
  }

  /** Begins: an inlet opens the stream, an outlet takes it in. */
  begin(): Stream {
    const role = this.isOutlet ? "outlet" : "inlet";
    const options = {
      id: this.id,
      role,
      path: this.#path,
      budget: this.#budget,
      settings: streamSettings({ openTimeoutMs: 60_000 }),
    } as const;
    this.stream = new Stream(options, this.#time.now);
    this.#time.after(this.#random.next() * this.#program.pauseMs, () => this.#write());
    if (!this.isOutlet) {
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
    const decoded = decodePortalMessage(message);
    if (decoded === undefined || decoded.fromOutlet === this.isOutlet) {
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
      stream.receive(decoded.segment, now);
    } else if (decoded.kind === "reset") {
      this.stream?.receiveReset(decoded.reason);
      this.#transmit([encodeShort("closed", this.id, this.isOutlet)]);
    } else if (decoded.kind === "closed") this.stream?.receiveClosed();
    this.settle();
  }

  refused(meaning: Refused, message: Uint8Array): void {
    if (this.stream === undefined || (message[0] ?? 0) % 16 !== 3) return;
    const packetNumber = readU48(message, 18);
    if (packetNumber < this.#pathFrom) return;
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
        chunk[index] = patternByte(this.#written + index, this.isOutlet);
      this.#written += length;
      stream.write(chunk, this.#time.now);
    }
    this.settle();
  }

  /** A program reads pieces one after another, each in its time. */
  #read(stream: Stream): void {
    if (this.#isReading) return;
    const bytes = stream.read()?.bytes;
    if (bytes === undefined) {
      if (stream.isRead) this.hasEnd = true;
      return;
    }
    this.#check(bytes);
    this.#isReading = true;
    this.#time.after(this.#random.next() * this.#program.readMs, () => {
      this.#isReading = false;
      stream.consumed(bytes.length);
      this.settle();
    });
  }

  #check(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== patternByte(this.received + index, !this.isOutlet)) {
        this.fault ??= `byte ${this.received + index} is wrong`;
      }
    }
    this.received += bytes.length;
  }

  #answerEnded(stream: Stream | undefined): void {
    const isSuccess = stream !== undefined && stream.reason === undefined;
    const reason = stream?.reason ?? { code: "STREAM_LOST", text: "" };
    this.#transmit([
      isSuccess ? encodeShort("closed", this.id, this.isOutlet) : encodeReset(this.id, this.isOutlet, reason),
    ]);
  }

  #transmit(parts: readonly Uint8Array[]): void {
    this.#network.send(parts, {
      arrive: (message) => this.peer?.arrive(message),
      refused: (meaning, message) => this.refused(meaning, message),
    });
  }
}
