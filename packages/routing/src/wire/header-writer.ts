import type { FieldValue, HeaderFields, Route } from "@x/core";
import { maxHeaderBytes } from "../limits.js";
import type { Header } from "./header.js";

/** Memory for headers being written, which grows with them, and what of it is used. */
let memory = new Uint8Array(0);
let view = new DataView(memory.buffer);
let end = 0;

/** Memory to begin with, in bytes: several headers of the usual kind. */
const firstBytes = 1_024;

/** Longest text that is written byte by byte, in characters: `TextEncoder` costs more than a generated address. */
const maxWrittenByByte = 64;

const encoder = new TextEncoder();

/**
 * Writes a header in msgpack, each value in its shortest format. See PROTOCOL.md, "Message frame".
 *
 * @returns bytes that are good until the next call
 */
export function writeHeader(
  { onwardRoute, returnRoute, hopCount }: Pick<Header, "onwardRoute" | "returnRoute" | "hopCount">,
  fields: HeaderFields | undefined,
): Uint8Array {
  end = 0;
  // What is too large for a header is written too, before somebody says so: it must not stay.
  if (memory.length === 0 || memory.length > 2 * maxHeaderBytes) takeMemory(firstBytes);
  writeCount(fields === undefined ? 3 : 4, 0x90, 0xdc);
  writeRoute(onwardRoute);
  writeRoute(returnRoute);
  writeNumber(hopCount);
  if (fields !== undefined) writeFields(fields);
  return memory.subarray(0, end);
}

function writeRoute(route: Route): void {
  writeCount(route.length, 0x90, 0xdc);
  for (const address of route) writeText(address);
}

function writeFields(fields: HeaderFields): void {
  const entries = Object.entries(fields);
  writeCount(entries.length, 0x80, 0xde);
  for (const [name, value] of entries) {
    writeText(name);
    writeScalar(value);
  }
}

function writeScalar(value: FieldValue): void {
  if (typeof value === "string") writeText(value);
  else if (typeof value === "number") writeNumber(value);
  else if (value === null) writeByte(0xc0);
  else if (typeof value === "boolean") writeByte(value ? 0xc3 : 0xc2);
  else writeBinary(value);
}

/** The size of an array or map of less than 65,536 elements. */
function writeCount(count: number, fixed: number, wide: number): void {
  if (count <= 0x0f) writeByte(fixed | count);
  else writeUint16(wide, count);
}

function writeNumber(value: number): void {
  if (value >= 0 && value <= 0x7f && Number.isInteger(value)) writeByte(value);
  else if (value === value >>> 0) writeUnsigned(value);
  else if (value === (value | 0)) writeNegative(value);
  else {
    const at = room(9);
    memory[at] = 0xcb;
    view.setFloat64(at + 1, value);
  }
}

function writeUnsigned(value: number): void {
  if (value <= 0xff) writeUint8(0xcc, value);
  else if (value <= 0xffff) writeUint16(0xcd, value);
  else {
    const at = room(5);
    memory[at] = 0xce;
    view.setUint32(at + 1, value);
  }
}

function writeNegative(value: number): void {
  if (value >= -0x20) writeByte(value & 0xff);
  else if (value >= -0x80) writeUint8(0xd0, value & 0xff);
  else if (value >= -0x8000) writeUint16(0xd1, value & 0xffff);
  else {
    const at = room(5);
    memory[at] = 0xd2;
    view.setInt32(at + 1, value);
  }
}

function writeText(text: string): void {
  if (text.length <= maxWrittenByByte && writeAscii(text)) return;
  const bytes = encoder.encode(text);
  writeTextHead(bytes.length);
  writeBytes(bytes);
}

/** Returns false when text is none of ASCII, and is still to be written. */
function writeAscii(text: string): boolean {
  const { length } = text;
  const before = end;
  writeTextHead(length);
  const at = room(length);
  const bytes = memory;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) {
      end = before;
      return false;
    }
    bytes[at + i] = unit;
  }
  return true;
}

function writeTextHead(length: number): void {
  if (length <= 0x1f) writeByte(0xa0 | length);
  else if (length <= 0xff) writeUint8(0xd9, length);
  else writeUint16(0xda, length);
}

function writeBinary(bytes: Uint8Array): void {
  if (bytes.length <= 0xff) writeUint8(0xc4, bytes.length);
  else writeUint16(0xc5, bytes.length);
  writeBytes(bytes);
}

function writeBytes(bytes: Uint8Array): void {
  const at = room(bytes.length);
  memory.set(bytes, at);
}

function writeByte(value: number): void {
  const at = room(1);
  memory[at] = value;
}

function writeUint8(first: number, value: number): void {
  const at = room(2);
  memory[at] = first;
  memory[at + 1] = value;
}

function writeUint16(first: number, value: number): void {
  const at = room(3);
  memory[at] = first;
  view.setUint16(at + 1, value);
}

/** Takes room for so many bytes and returns where it begins. To be called before `memory` is named: it may be another one then. */
function room(bytes: number): number {
  const at = end;
  end += bytes;
  if (end > memory.length) {
    const written = memory.subarray(0, at);
    takeMemory(2 * end);
    memory.set(written);
  }
  return at;
}

function takeMemory(bytes: number): void {
  memory = new Uint8Array(bytes);
  view = new DataView(memory.buffer);
}
