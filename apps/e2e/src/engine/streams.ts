import type { Socket } from "node:net";
import { crc32 } from "node:zlib";
import { eventually } from "../harness/waiting.js";
import { Pace, type Quit, Side } from "./side.js";

/** What the target does: answers at the end of the upload, sends back what comes, or sends at once. */
export type TargetMode = "answer" | "echo" | "at-once";

/** One stream, decided before it begins. Sizes in bytes. */
export interface StreamPlan {
  readonly id: number;
  /** What kind of stream it is, for people. */
  readonly pattern: string;
  readonly mode: TargetMode;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  /** Decides the content of both directions. An echo carries the upload's bytes down. */
  readonly contentSeed: number;
  /** What the sender of each direction keeps to. Default: as fast as it goes. */
  readonly pace?: { readonly up: Pace; readonly down: Pace };
  /** The visitor ends its direction only when the target's has ended. */
  readonly endsLast?: boolean;
  /** What the visitor reads at most, in bytes a second. Default: as fast as it can. */
  readonly readBytesPerSecond?: number;
  /** After so many bytes up the visitor pauses once, for so many milliseconds. */
  readonly pauseAt?: number;
  readonly pauseMs?: number;
  /** The visitor gives up after so many bytes, up and down together. */
  readonly quit?: { readonly how: Quit; readonly afterBytes: number } | undefined;
}

/** A stream as it goes. */
export interface Stream {
  readonly plan: StreamPlan;
  readonly visitor: Side;
  /** Nothing while the target has not read the stream's header. */
  target: Side | undefined;
}

/** Connects a visitor. */
export type Enter = () => Promise<Socket> | Socket;

/** Length of a header, in bytes: u32 magic, the stream's id, and the CRC-32 of both; big-endian. */
export const headerBytes = 12;

const magic = 0x43564831;
const unlimited = new Pace(Infinity);
const probeSeed = 4_711;

/**
 * The two ends of checked streams: visitors, and the server that they reach through whatever is tested. Both are in this process,
 * so the server knows from the id in a stream's first bytes what is to come.
 */
export class Streams {
  /** Streams whose target may still come. The owner forgets them. */
  readonly open: Map<number, Stream> = new Map();
  /** Open connections of the target whose header has not come. */
  readonly nameless: Set<Side> = new Set();
  /** Told of connections of the target whose header makes no sense, and why. */
  onStranger: (side: Side, why: string) => void = () => {};
  readonly #now: () => number;
  #made = 0;

  /** @param now the clock of all records, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Begins a stream. Its visitor's socket closes when all is over. */
  async begin(plan: StreamPlan, enter: Enter): Promise<Stream> {
    const socket = await enter();
    const stream: Stream = { plan, visitor: new Side(socket, this.#now), target: undefined };
    this.open.set(plan.id, stream);
    if (socket.connecting) socket.once("connect", () => void upload(stream));
    else void upload(stream);
    receive(stream);
    return stream;
  }

  /**
   * Takes a small stream there and back.
   *
   * @throws Error if it does not come back, or changed
   */
  async probe(enter: Enter): Promise<void> {
    const sizes = { uploadBytes: 1_024, downloadBytes: 1_024, contentSeed: probeSeed };
    const plan = { id: this.#nextId(), pattern: "probe", mode: "answer", ...sizes } as const;
    const stream = await this.begin(plan, enter);
    await closed(stream.visitor);
    const { receivedEndAt, wrongAt, receivedBytes, failure } = stream.visitor;
    if (receivedEndAt !== undefined && wrongAt === undefined && receivedBytes === plan.downloadBytes) return;
    throw new Error(`The probe came to a bad end: ${failure ?? "cut short"}`);
  }

  /** Moves data both ways at once, each at this speed, until `stop`, or so many bytes. */
  transfer(enter: Enter, bytesPerSecond: number, bytes: number = 2 ** 40): Promise<Stream> {
    const id = this.#nextId();
    const pace = { up: new Pace(bytesPerSecond), down: new Pace(bytesPerSecond) };
    const sizes = { uploadBytes: bytes, downloadBytes: bytes, contentSeed: id * 1_000_003 };
    return this.begin({ id, pattern: "transfer", mode: "at-once", pace, ...sizes }, enter);
  }

  /** Serves a connection of the target. */
  readonly serve = (socket: Socket): void => {
    const side = new Side(socket, this.#now);
    this.nameless.add(side);
    socket.on("close", () => this.nameless.delete(side));
    let head: Buffer = Buffer.alloc(0);
    let plan: StreamPlan | undefined;
    // Writing of echoes, one after another: what a visitor sends is read only as fast as it reads what comes back.
    let echoes: Promise<void> = Promise.resolve();
    const echo = async (bytes: Buffer): Promise<void> => {
      if (socket.writable) await side.write(bytes);
      socket.resume();
    };
    const take = ({ mode, contentSeed: seed }: StreamPlan, bytes: Buffer): void => {
      side.receive(bytes, { seed, offset: side.receivedBytes - headerBytes });
      if (mode !== "echo") return;
      socket.pause();
      echoes = echoes.then(() => echo(bytes));
    };
    socket.on("data", (bytes: Buffer) => {
      if (plan !== undefined) return take(plan, bytes);
      head = Buffer.concat([head, bytes]);
      if (head.length < headerBytes) return;
      plan = this.#identify(side, head)?.plan;
      if (plan === undefined) return side.quitBy("aborted");
      side.receive(head.subarray(0, headerBytes));
      if (plan.mode === "at-once") void download(side, plan);
      if (head.length > headerBytes) take(plan, head.subarray(headerBytes));
    });
    side.onEnd = () => {
      const isWhole =
        side.receivedBytes - headerBytes >= (plan?.uploadBytes ?? 0) || plan?.pattern === "transfer";
      if (plan === undefined || !isWhole) side.quitBy("aborted");
      else if (plan.mode === "answer") void download(side, plan);
      else if (plan.mode === "echo") void echoes.then(() => side.end());
    };
  };

  #identify(side: Side, head: Buffer): Stream | undefined {
    this.nameless.delete(side);
    const id = head.readUInt32BE(4);
    const isHeader = head.readUInt32BE(0) === magic && head.readUInt32BE(8) === crc32(head.subarray(0, 8));
    const stream = isHeader ? this.open.get(id) : undefined;
    if (stream !== undefined && stream.target === undefined) {
      stream.target = side;
      return stream;
    }
    const what = stream === undefined ? `stream ${id} that was over or never was` : `stream ${id} once more`;
    this.onStranger(side, isHeader ? `received ${what}` : "received a header that nobody sent");
    return undefined;
  }

  /** Numbers of streams that were not planned: they are above those that were. */
  #nextId(): number {
    return 0xff00_0000 + this.#made++;
  }
}

/** Whether both sides of a stream are over, as far as there are two. */
export function isOver({ visitor, target }: Stream): boolean {
  return [visitor, target].every((side) => side === undefined || side.closedAt !== undefined);
}

/** Resolves when both sides of a stream are over. */
export async function untilOver(stream: Stream, timeoutMs?: number): Promise<void> {
  await eventually("the stream is over", () => isOver(stream), timeoutMs);
}

async function closed({ socket }: Side): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

async function upload({ plan, visitor }: Stream): Promise<void> {
  visitor.note("connected");
  const { id, contentSeed: seed, uploadBytes, quit, pace, ...rest } = plan;
  const head = Buffer.alloc(headerBytes);
  head.writeUInt32BE(magic, 0);
  head.writeUInt32BE(id, 4);
  head.writeUInt32BE(crc32(head.subarray(0, 8)), 8);
  await visitor.write(head);
  const length = Math.min(uploadBytes, quit?.afterBytes ?? Infinity);
  await visitor.send({ ...rest, seed, length, pace: pace?.up ?? unlimited });
  if (quit !== undefined && (hasEnough(plan, visitor) || length < uploadBytes)) visitor.quitBy(quit.how);
  else if (!plan.endsLast) visitor.end();
}

function receive({ plan, visitor }: Stream): void {
  const { downloadBytes, readBytesPerSecond = Infinity, quit } = plan;
  visitor.socket.on("data", (bytes: Buffer) => {
    visitor.receive(bytes, { seed: downSeed(plan), offset: visitor.receivedBytes });
    if (quit !== undefined && hasEnough(plan, visitor)) return visitor.quitBy(quit.how);
    if (readBytesPerSecond === Infinity) return;
    visitor.socket.pause();
    setTimeout(() => visitor.socket.resume(), (1_000 * bytes.length) / readBytesPerSecond);
  });
  visitor.onEnd = () => {
    if (visitor.receivedBytes < downloadBytes && plan.pattern !== "transfer") visitor.quitBy("aborted");
    else if (plan.endsLast) visitor.end();
  };
}

function hasEnough({ quit }: StreamPlan, { sentBytes, receivedBytes }: Side): boolean {
  return quit !== undefined && sentBytes + receivedBytes >= quit.afterBytes;
}

function downSeed({ mode, contentSeed }: StreamPlan): number {
  return mode === "echo" ? contentSeed : contentSeed + 1_234_567;
}

async function download(target: Side, plan: StreamPlan): Promise<void> {
  const { downloadBytes: length, pace } = plan;
  await target.send({ seed: downSeed(plan), length, pace: pace?.down ?? unlimited });
  target.end();
}
