import {
  CulvertError,
  type FieldValue,
  type HeaderFields,
  isAddress,
  maxAddressBytes,
  maxRouteHops,
} from "@x/core";
import { maxFieldNameBytes, maxHeaderBytes, maxHeaderFields } from "../limits.js";
import { isFieldName } from "./header-fields.js";

/** What a header holds, before its fields are looked into. */
export interface HeaderParts {
  readonly onwardRoute: string[];
  readonly returnRoute: string[];
  readonly hopCount: number;
  readonly fields?: HeaderFields;
}

/**
 * Reads a header in the part of msgpack that headers use:
 * `[onward: str[], return: str[], hopCount: uint, fields?: {str: scalar}]` and nothing behind it.
 * Extension types and 64-bit integers are no part of it, and every count is checked before anything is allocated for it.
 *
 * @throws CulvertError FRAME_INVALID
 */
export function readHeader(bytes: Uint8Array): HeaderParts {
  const reader = new HeaderReader(bytes);
  const parts = reader.count(0x90, 0x0f, 0xdc);
  if (parts !== 3 && parts !== 4) throw invalidFrame(`header has ${parts} parts`);
  const header = { onwardRoute: reader.route(), returnRoute: reader.route(), hopCount: reader.unsigned() };
  const all = parts === 3 ? header : { ...header, fields: reader.fields() };
  reader.end();
  return all;
}

/** The error for a frame that no correct node sends. */
export function invalidFrame(reason: string): CulvertError {
  return new CulvertError("FRAME_INVALID", `Cannot read frame: ${reason}`);
}

/** Longest ASCII text that is read byte by byte, in bytes: `TextDecoder` costs more than a generated address. */
const maxReadByByte = 64;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const { fromCharCode } = String;

class HeaderReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The size of an array or map: `fixed` with `mask`, or `wide` with two bytes. The 32-bit form is never needed. */
  count(fixed: number, mask: number, wide: number): number {
    const first = this.#uint8();
    if ((first & ~mask) === fixed) return first & mask;
    if (first === wide) return this.#uint16();
    throw invalidFrame(`header has byte ${hex(first)} where a list or map begins`);
  }

  route(): string[] {
    const hops = this.count(0x90, 0x0f, 0xdc);
    if (hops > maxRouteHops) throw invalidFrame(`route has ${hops} hops, limit is ${maxRouteHops}`);
    const route: string[] = [];
    for (let hop = 0; hop < hops; hop++) {
      const address = this.#text(this.#uint8(), maxAddressBytes);
      if (!isAddress(address)) throw invalidFrame("a route holds text that is no address");
      route.push(address);
    }
    return route;
  }

  unsigned(): number {
    const first = this.#uint8();
    if (first <= 0x7f) return first;
    if (first < 0xcc || first > 0xce) throw invalidFrame(`hop count begins with byte ${hex(first)}`);
    return this.#number(first);
  }

  fields(): HeaderFields {
    const count = this.count(0x80, 0x0f, 0xde);
    if (count > maxHeaderFields)
      throw invalidFrame(`header has ${count} fields, limit is ${maxHeaderFields}`);
    const fields: Record<string, FieldValue> = {};
    for (let field = 0; field < count; field++) {
      const name = this.#text(this.#uint8(), maxFieldNameBytes);
      if (!isFieldName(name)) throw invalidFrame("a header field has an empty or forbidden name");
      if (Object.hasOwn(fields, name)) throw invalidFrame("a header field comes twice");
      fields[name] = this.#scalar();
    }
    return fields;
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw invalidFrame(`${left} bytes follow the header's content`);
  }

  #scalar(): FieldValue {
    const first = this.#uint8();
    if (first <= 0x7f) return first;
    if (first >= 0xe0) return first - 0x100;
    if (first === 0xc0) return null;
    if (first === 0xc2 || first === 0xc3) return first === 0xc3;
    if (first === 0xc4) return this.#binary(this.#uint8());
    if (first === 0xc5) return this.#binary(this.#uint16());
    const isText = first <= 0xbf || first === 0xd9 || first === 0xda;
    return isText ? this.#text(first, maxHeaderBytes) : this.#number(first);
  }

  /** float, uint and int; see the msgpack specification. */
  #number(first: number): number {
    switch (first) {
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
        return this.#uint8();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#view.getUint32(this.#skip(4));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      default:
        throw unexpected(first);
    }
  }

  /** In memory of its own: the frame's belongs to the transport. */
  #binary(length: number): Uint8Array {
    const start = this.#skip(length);
    return new Uint8Array(this.#bytes.subarray(start, this.#at));
  }

  #text(first: number, maxBytes: number): string {
    const length = this.#textLength(first);
    if (length > maxBytes) throw invalidFrame(`text of ${length} bytes, limit is ${maxBytes}`);
    const start = this.#skip(length);
    const ascii = length <= maxReadByByte ? this.#ascii(start) : undefined;
    if (ascii !== undefined) return ascii;
    try {
      return decoder.decode(this.#bytes.subarray(start, this.#at));
    } catch {
      throw invalidFrame("text is not UTF-8");
    }
  }

  #ascii(start: number): string | undefined {
    const units = new Array<number>(this.#at - start);
    for (let at = start; at < this.#at; at++) {
      const byte = this.#bytes[at] as number;
      if (byte > 0x7f) return undefined;
      units[at - start] = byte;
    }
    return fromCharCode.apply(undefined, units);
  }

  #textLength(first: number): number {
    if ((first & 0xe0) === 0xa0) return first & 0x1f;
    if (first === 0xd9) return this.#uint8();
    if (first === 0xda) return this.#uint16();
    throw unexpected(first);
  }

  #uint8(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  #uint16(): number {
    return this.#view.getUint16(this.#skip(2));
  }

  /** Passes so many bytes and returns where they begin. */
  #skip(width: number): number {
    const start = this.#at;
    this.#at += width;
    if (this.#at > this.#bytes.length) throw invalidFrame("header ends early");
    return start;
  }
}

function unexpected(first: number): CulvertError {
  return invalidFrame(`header has byte ${hex(first)} where text or a scalar begins`);
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
