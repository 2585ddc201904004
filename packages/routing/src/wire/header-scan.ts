import { CulvertError, maxAddressBytes, maxRouteHops } from "@x/core";
import { maxFieldNameBytes, maxHeaderBytes, maxHeaderFields } from "../limits.js";
import { isFieldName } from "./header-fields.js";
import { isUtf8 } from "./utf8.js";

/**
 * Checks that bytes are a header in the part of msgpack that headers use, before anything is allocated for them:
 * `[onward: str[], return: str[], hopCount: uint, fields?: {str: scalar}]` and nothing behind it.
 * Extension types and 64-bit integers are no part of it.
 *
 * @throws CulvertError FRAME_INVALID
 */
export function scanHeader(bytes: Uint8Array): void {
  const scan = new HeaderScan(bytes);
  const parts = scan.count(0x90, 0x0f, 0xdc);
  if (parts !== 3 && parts !== 4) throw invalidFrame(`header has ${parts} parts`);
  scan.route();
  scan.route();
  scan.unsigned();
  if (parts === 4) scan.fields();
  scan.end();
}

/** The error for a frame that no correct node sends. */
export function invalidFrame(reason: string): CulvertError {
  return new CulvertError("FRAME_INVALID", `Cannot read frame: ${reason}`);
}

/** Payload bytes behind the first byte of each fixed-width scalar. nil, bool, float, uint, int; see the msgpack specification. */
const scalarWidth: ReadonlyMap<number, number> = new Map([
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
]);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class HeaderScan {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The size of an array or map: `fixed` with `mask`, or `wide` with two bytes. The 32-bit form is never needed. */
  count(fixed: number, mask: number, wide: number): number {
    const first = this.#number(1);
    if ((first & ~mask) === fixed) return first & mask;
    if (first === wide) return this.#number(2);
    throw invalidFrame(`header has byte ${hex(first)} where a list or map begins`);
  }

  route(): void {
    const hops = this.count(0x90, 0x0f, 0xdc);
    if (hops > maxRouteHops) throw invalidFrame(`route has ${hops} hops, limit is ${maxRouteHops}`);
    for (let hop = 0; hop < hops; hop++) this.#text(this.#number(1), maxAddressBytes);
  }

  unsigned(): void {
    const first = this.#number(1);
    if (first <= 0x7f) return;
    if (first < 0xcc || first > 0xce) throw invalidFrame(`hop count begins with byte ${hex(first)}`);
    this.#skip(scalarWidth.get(first) ?? 0);
  }

  fields(): void {
    const count = this.count(0x80, 0x0f, 0xde);
    if (count > maxHeaderFields)
      throw invalidFrame(`header has ${count} fields, limit is ${maxHeaderFields}`);
    const names = new Set<string>();
    for (let field = 0; field < count; field++) {
      names.add(this.#fieldName());
      this.#scalar();
    }
    if (names.size < count) throw invalidFrame("a header field comes twice");
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw invalidFrame(`${left} bytes follow the header's content`);
  }

  #fieldName(): string {
    const first = this.#number(1);
    const start = this.#text(first, maxFieldNameBytes);
    const name = decoder.decode(this.#bytes.subarray(start, this.#at));
    if (!isFieldName(name)) throw invalidFrame("a header field has an empty or forbidden name");
    return name;
  }

  #scalar(): void {
    const first = this.#number(1);
    const width = first <= 0x7f || first >= 0xe0 ? 0 : scalarWidth.get(first);
    if (width !== undefined) this.#skip(width);
    else if (first === 0xc4 || first === 0xc5) this.#skip(this.#number(first === 0xc4 ? 1 : 2));
    else this.#text(first, maxHeaderBytes);
  }

  /** Passes one text and returns where it starts. */
  #text(first: number, maxBytes: number): number {
    const length = this.#textLength(first);
    if (length > maxBytes) throw invalidFrame(`text of ${length} bytes, limit is ${maxBytes}`);
    const start = this.#at;
    this.#skip(length);
    if (!isUtf8(this.#bytes, start, this.#at)) throw invalidFrame("text is not UTF-8");
    return start;
  }

  #textLength(first: number): number {
    if ((first & 0xe0) === 0xa0) return first & 0x1f;
    if (first === 0xd9 || first === 0xda) return this.#number(first === 0xd9 ? 1 : 2);
    throw invalidFrame(`header has byte ${hex(first)} where text or a scalar begins`);
  }

  #number(width: 1 | 2): number {
    const start = this.#at;
    this.#skip(width);
    const high = this.#bytes[start] ?? 0;
    return width === 1 ? high : high * 256 + (this.#bytes[start + 1] ?? 0);
  }

  #skip(width: number): void {
    this.#at += width;
    if (this.#at > this.#bytes.length) throw invalidFrame("header ends early");
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
