import { CulvertError, checkRoute, type HeaderFields, isAddress, type Refusal, type Route } from "@x/core";
import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { maxHeaderBytes } from "../limits.js";
import type { Header } from "./header.js";
import { checkFields } from "./header-fields.js";
import { invalidFrame, scanHeader } from "./header-scan.js";
import { formatRefusal, parseRefusal, refusalField } from "./refusal-text.js";

// Plain data only: no records, no extension types, no class instances.
const plainData = { useRecords: false, moreTypes: false, structuredClone: false, variableMapSize: true };
const packer = new Packr(plainData);
const unpacker = new Unpackr({ ...plainData, mapsAsObjects: true, int64AsType: "number", copyBuffers: true });

/**
 * The bytes of a header. See PROTOCOL.md, "Message frame".
 *
 * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, MESSAGE_INVALID
 */
export function packHeader(header: Header): Uint8Array {
  checkRoute(header.onwardRoute);
  checkRoute(header.returnRoute);
  const fields = packedFields(header);
  const parts = [header.onwardRoute, header.returnRoute, header.hopCount];
  const bytes = packer.pack(fields === undefined ? parts : [...parts, fields]);
  if (bytes.length > maxHeaderBytes) {
    const code = fields === undefined ? "ROUTE_TOO_LONG" : "MESSAGE_INVALID";
    throw new CulvertError(
      code,
      `Cannot send message with header of ${bytes.length} bytes: limit is ${maxHeaderBytes} bytes`,
    );
  }
  return bytes;
}

function packedFields(header: Header): HeaderFields | undefined {
  if (header.fields !== undefined) checkFields(header.fields);
  if (header.refusal === undefined) return header.fields;
  return { ...header.fields, [refusalField]: formatRefusal(header.refusal) };
}

/** What {@link unpackHeader} gets from msgpack once the scan has passed. */
type HeaderParts = readonly [onward: Route, back: Route, hopCount: number, fields?: HeaderFields];

/**
 * Reads the bytes of a header.
 *
 * @throws CulvertError FRAME_INVALID
 */
export function unpackHeader(bytes: Uint8Array): Header {
  scanHeader(bytes);
  const [onwardRoute, returnRoute, hopCount, fields] = unpacker.unpack(bytes) as HeaderParts;
  if (!onwardRoute.every(isAddress) || !returnRoute.every(isAddress)) {
    throw invalidFrame("a route holds text that is no address");
  }
  const header = { onwardRoute, returnRoute, hopCount };
  return fields === undefined ? header : { ...header, ...unpackFields(fields) };
}

function unpackFields(raw: HeaderFields): { fields?: HeaderFields; refusal?: Refusal } {
  const { [refusalField]: text, ...fields } = raw;
  const rest = Object.keys(fields).length === 0 ? {} : { fields };
  if (text === undefined) return rest;
  const refusal = typeof text === "string" ? parseRefusal(text) : undefined;
  if (refusal === undefined) throw invalidFrame("the refusal is malformed");
  return { ...rest, refusal };
}
