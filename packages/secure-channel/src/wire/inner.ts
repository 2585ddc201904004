import {
  type Address,
  type ErrorCode,
  type FieldValue,
  type HeaderFields,
  isAddress,
  isErrorCode,
  maxHopCount,
  maxReasonLength,
  maxRouteHops,
  type Refusal,
  type Route,
} from "@x/core";
import { type ByteReader, invalidContent } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { copyBytes } from "./bytes.js";

/** The first byte of what is sealed. See PROTOCOL.md, "What is sealed". */
export const innerType = { message: 0, accepted: 1, refused: 2, close: 3, ping: 4, pong: 5 } as const;

/** The header of a sealed message. */
export interface InnerHeader {
  readonly onwardRoute: Route;
  readonly returnRoute: Route;
  readonly hopCount: number;
  readonly fields?: HeaderFields | undefined;
  readonly refusal?: Refusal | undefined;
}

/** A sealed message as it was read. */
export interface InnerContent extends InnerHeader {
  readonly payload: Uint8Array;
}

const hasRefusal = 1;
const maxFields = 16;
const maxFieldNameBytes = 64;
const valueType = { null: 0, false: 1, true: 2, number: 3, text: 4, bytes: 5 } as const;

/** The bytes before the payload: type, flags, hop count, routes, fields, refusal. */
export function writeInner({ onwardRoute, returnRoute, hopCount, fields, refusal }: InnerHeader): Uint8Array {
  const flags = refusal === undefined ? 0 : hasRefusal;
  const writer = new ByteWriter().u8(innerType.message).u8(flags).u8(Math.min(hopCount, maxHopCount));
  writeRoute(writer, onwardRoute);
  writeRoute(writer, returnRoute);
  const entries = Object.entries(fields ?? {});
  writer.u8(entries.length);
  for (const [name, value] of entries) writeValue(writer.text8(name), value);
  if (refusal !== undefined) writeRefusal(writer, refusal);
  return writer.done();
}

/**
 * Reads a message behind its type byte.
 *
 * @throws CulvertError PAYLOAD_INVALID
 */
export function readInner(reader: ByteReader): InnerContent {
  const flags = reader.u8();
  if (flags > hasRefusal) throw invalidContent("it has flags that nobody knows");
  const hopCount = reader.u8();
  const onwardRoute = readRoute(reader);
  const returnRoute = readRoute(reader);
  const fields = readFields(reader);
  const refusal = flags === hasRefusal ? readRefusal(reader) : undefined;
  return { onwardRoute, returnRoute, hopCount, fields, refusal, payload: reader.rest() };
}

function writeRoute(writer: ByteWriter, route: Route): void {
  writer.u8(route.length);
  for (const address of route) writer.text8(address);
}

function readRoute(reader: ByteReader): Route {
  const hops = reader.u8();
  if (hops > maxRouteHops) throw invalidContent(`a route has ${hops} hops`);
  const route: Address[] = [];
  for (let hop = 0; hop < hops; hop++) route.push(readAddress(reader));
  return route;
}

function readAddress(reader: ByteReader): Address {
  const address = reader.text(reader.u8());
  if (!isAddress(address)) throw invalidContent("a route holds text that is no address");
  return address;
}

function writeValue(writer: ByteWriter, value: FieldValue): void {
  if (value === null) writer.u8(valueType.null);
  else if (typeof value === "boolean") writer.u8(value ? valueType.true : valueType.false);
  else if (typeof value === "number") writer.u8(valueType.number).f64(value);
  else if (typeof value === "string") writer.u8(valueType.text).text16(value);
  else writer.u8(valueType.bytes).bytes16(value);
}

function readFields(reader: ByteReader): HeaderFields | undefined {
  const count = reader.u8();
  if (count === 0) return undefined;
  if (count > maxFields) throw invalidContent(`it has ${count} fields`);
  const fields: Record<string, FieldValue> = {};
  for (let field = 0; field < count; field++) {
    const name = reader.text(reader.u8());
    const isName = name.length > 0 && name.length <= maxFieldNameBytes && name !== "__proto__";
    if (!isName || name === "refusal" || Object.hasOwn(fields, name)) {
      throw invalidContent("a field has no name of its own");
    }
    fields[name] = readValue(reader);
  }
  return fields;
}

function readValue(reader: ByteReader): FieldValue {
  const type = reader.u8();
  switch (type) {
    case valueType.null:
      return null;
    case valueType.false:
    case valueType.true:
      return type === valueType.true;
    case valueType.number:
      return reader.f64();
    case valueType.text:
      return reader.text(reader.u16());
    case valueType.bytes:
      return copyBytes(reader.bytes(reader.u16()));
    default:
      throw invalidContent("a field has a value of a type that nobody knows");
  }
}

/** Code, hop and reason of a refusal. */
function writeRefusal(writer: ByteWriter, { code, hop, reason }: Refusal): void {
  writer.text8(code).text8(hop).text16(reason.slice(0, maxReasonLength));
}

/** @throws CulvertError PAYLOAD_INVALID */
function readRefusal(reader: ByteReader): Refusal {
  const given = reader.text(reader.u8());
  const code: ErrorCode = isErrorCode(given) ? given : "INTERNAL";
  const hop = readAddress(reader);
  const reason = reader.text(reader.u16());
  if (reason.length > maxReasonLength) throw invalidContent("the reason of a refusal is too long");
  return { code, hop, reason: code === given ? reason : `${given}: ${reason}`.slice(0, maxReasonLength) };
}
