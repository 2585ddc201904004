import type { Address, LocalInfo, OutgoingMessage, Release, Route } from "@x/core";
import { BytePattern } from "./byte-pattern.js";
import { unpackHeader } from "./header-codec.js";
import { invalidFrame } from "./header-scan.js";
import {
  framePrefixBytes,
  frameVersion,
  maxHeaderBytes,
  maxRememberedHeaderBytes,
  rememberedHeaders,
} from "./limits.js";

/** A message as it comes from a connection: the way back and its origin are set. */
export interface ArrivedMessage extends OutgoingMessage {
  readonly returnRoute: Route;
  readonly payload: Uint8Array;
  readonly hopCount: number;
  readonly local: LocalInfo;
}

interface Remembered {
  readonly header: BytePattern;
  readonly onwardRoute: Route;
  readonly returnRoute: Route;
  readonly hopCount: number;
}

/** Reads the frames of one connection and remembers the last headers, because most messages repeat one. */
export class FrameReader {
  readonly #arrivedBy: Address;
  readonly #local: LocalInfo;
  #remembered: (Remembered | undefined)[] | undefined;

  /** @param arrivedBy the worker address of the connection, put in front of each return route */
  constructor(arrivedBy: Address) {
    this.#arrivedBy = arrivedBy;
    this.#local = Object.freeze({ arrivedBy });
  }

  /**
   * Reads one frame. The payload shares the frame's memory; the routes are shared with other messages.
   *
   * @throws CulvertError FRAME_INVALID
   */
  read(frame: Uint8Array, release?: Release): ArrivedMessage {
    const message = this.#read(frame);
    return release === undefined
      ? message
      : { ...message, local: { arrivedBy: this.#arrivedBy, release }, release };
  }

  #read(frame: Uint8Array): ArrivedMessage {
    const headerEnd = framePrefixBytes + headerLength(frame);
    const payload = plainView(frame, headerEnd, frame.length);
    const slot = slotOf(frame, headerEnd);
    const known = this.#remembered?.[slot];
    if (known?.header.isAt(frame, framePrefixBytes, headerEnd)) {
      const { onwardRoute, returnRoute, hopCount } = known;
      return { onwardRoute, returnRoute, payload, hopCount, local: this.#local };
    }
    return this.#readNew(plainView(frame, framePrefixBytes, headerEnd), payload, slot);
  }

  #readNew(bytes: Uint8Array, payload: Uint8Array, slot: number): ArrivedMessage {
    const header = unpackHeader(bytes);
    const onwardRoute = header.onwardRoute;
    const returnRoute = [this.#arrivedBy, ...header.returnRoute];
    const { hopCount, fields, refusal } = header;
    const message = { onwardRoute, returnRoute, payload, hopCount, local: this.#local };
    if (fields === undefined && refusal === undefined) {
      if (bytes.length <= maxRememberedHeaderBytes) {
        this.#remembered ??= new Array<Remembered | undefined>(rememberedHeaders).fill(undefined);
        this.#remembered[slot] = { header: new BytePattern(bytes), onwardRoute, returnRoute, hopCount };
      }
      return message;
    }
    return {
      ...message,
      ...(fields !== undefined && { fields }),
      ...(refusal !== undefined && { refusal }),
    };
  }
}

/** A part of a frame. A third of what `subarray` of a Buffer costs, and the same kind of view whatever the transport hands on. */
function plainView(frame: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(frame.buffer, frame.byteOffset + from, to - from);
}

function headerLength(frame: Uint8Array): number {
  const [version, high, low] = frame;
  if (version === undefined || high === undefined || low === undefined) {
    throw invalidFrame(`${frame.length} bytes are too few`);
  }
  if (version !== frameVersion) throw invalidFrame(`version ${version} is not ${frameVersion}`);
  const length = high * 256 + low;
  if (length > maxHeaderBytes) throw invalidFrame(`header of ${length} bytes, limit is ${maxHeaderBytes}`);
  if (framePrefixBytes + length > frame.length) throw invalidFrame("it ends within its header");
  return length;
}

function slotOf(frame: Uint8Array, headerEnd: number): number {
  let hash = headerEnd;
  // Every seventh byte meets each address several times.
  for (let i = headerEnd - 1; i >= framePrefixBytes; i -= 7) hash = (hash * 31 + (frame[i] ?? 0)) & 0xffff;
  return hash % rememberedHeaders;
}
