import { CulvertError, type Release } from "@x/core";
import { type Carrier, Delivery, type DeliveryContent } from "../delivery/delivery.js";
import type { NodeOrigin } from "../delivery/node-origin.js";
import {
  framePrefixBytes,
  frameVersion,
  maxHeaderBytes,
  maxRememberedHeaderBytes,
  rememberedHeaders,
} from "../limits.js";
import { BytePattern } from "./byte-pattern.js";
import { unpackHeader } from "./header-codec.js";
import { invalidFrame } from "./header-reader.js";

interface Remembered {
  readonly header: BytePattern;
  readonly content: DeliveryContent;
}

/** Reads the frames of one connection and remembers the last headers, because most messages repeat one. */
export class MessageReader {
  readonly #carrier: Carrier;
  readonly #origin: NodeOrigin;
  #remembered: (Remembered | undefined)[] | undefined;

  /** @param origin that of all messages of the connection; its address is put in front of each return route */
  constructor(carrier: Carrier, origin: NodeOrigin) {
    this.#carrier = carrier;
    this.#origin = origin;
  }

  /**
   * Reads one frame. The payload shares the frame's memory; the routes are shared with other messages.
   *
   * @throws CulvertError FRAME_INVALID, TRANSPORT_FAILED
   */
  read(frame: Uint8Array, release?: Release): Delivery {
    if (!(frame instanceof Uint8Array)) {
      throw new CulvertError("TRANSPORT_FAILED", "Cannot read frame: the transport delivered something else");
    }
    const headerEnd = framePrefixBytes + headerLength(frame);
    const content = this.#content(frame, headerEnd);
    const payload = plainView(frame, headerEnd, frame.length);
    const delivery = new Delivery(this.#carrier, this.#origin, content, payload, true);
    delivery.release = release;
    return delivery;
  }

  #content(frame: Uint8Array, headerEnd: number): DeliveryContent {
    const slot = slotOf(frame, headerEnd);
    const known = this.#remembered?.[slot];
    if (known?.header.isAt(frame, framePrefixBytes, headerEnd)) return known.content;
    const bytes = plainView(frame, framePrefixBytes, headerEnd);
    const { returnRoute, ...header } = unpackHeader(bytes);
    const content = { ...header, returnRoute: [this.#origin.arrivedBy ?? "", ...returnRoute] };
    const isPlain = content.fields === undefined && content.refusal === undefined;
    if (isPlain && bytes.length <= maxRememberedHeaderBytes) {
      this.#remembered ??= new Array<Remembered | undefined>(rememberedHeaders).fill(undefined);
      this.#remembered[slot] = { header: new BytePattern(bytes), content };
    }
    return content;
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
