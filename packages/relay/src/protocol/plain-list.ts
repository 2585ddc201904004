import { Packr } from "msgpackr/pack";

/** What an element of a plain list can be. */
export type PlainValue = string | number | bigint | Uint8Array | null;

const packr = new Packr({ useRecords: false, int64AsType: "number" });
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A flat list as a MessagePack array of up to 15 elements. A `bigint` is written as int64. */
export function encodePlainList(values: readonly PlainValue[]): Uint8Array {
  return packr.pack(values);
}

/**
 * Reads a MessagePack array of up to 15 unsigned integers, texts, byte strings and nils, and nothing else.
 * Its shape is checked before anything is decoded: no maps, nested lists, extension types, broken UTF-8, or bytes behind it.
 * Byte strings share the input's memory. Returns nothing for any other input; never throws.
 */
export function decodePlainList(bytes: Uint8Array): PlainValue[] | undefined {
  return isPlainList(bytes) ? (packr.unpack(bytes) as PlainValue[]) : undefined;
}

function isPlainList(bytes: Uint8Array): boolean {
  const head = bytes[0] ?? 0;
  if (head < 0x90 || head > 0x9f) return false;
  let position = 1;
  for (let left = head & 0x0f; left > 0; left -= 1) {
    const end = endOfElement(bytes, position);
    if (end === undefined || end > bytes.byteLength) return false;
    position = end;
  }
  return position === bytes.byteLength;
}

/** The offset behind the element at `position`, or nothing if it is of a kind that a plain list does not have. */
function endOfElement(bytes: Uint8Array, position: number): number | undefined {
  const head = bytes[position] ?? 0xc1;
  const at = (offset: number): number => bytes[position + offset] ?? 0;
  if (head <= 0x7f || head === 0xc0) return position + 1;
  if (head >= 0xa0 && head <= 0xbf) return endOfText(bytes, position + 1, head & 0x1f);
  switch (head) {
    case 0xc4: // byte string, one byte of length
      return position + 2 + at(1);
    case 0xcc: // unsigned integers of 1, 2, 4 and 8 bytes
      return position + 2;
    case 0xcd:
      return position + 3;
    case 0xce:
      return position + 5;
    case 0xcf:
    case 0xd3: // int64, which is how a bigint is written
      return position + 9;
    case 0xd9: // texts with one and two bytes of length
      return endOfText(bytes, position + 2, at(1));
    case 0xda:
      return endOfText(bytes, position + 3, at(1) * 256 + at(2));
    default:
      return undefined;
  }
}

function endOfText(bytes: Uint8Array, start: number, length: number): number | undefined {
  try {
    utf8.decode(bytes.subarray(start, start + length));
    return start + length;
  } catch {
    return undefined;
  }
}

/** Says whether a value of a list is a whole number from 0 up that is exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
