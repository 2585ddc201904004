import { CulvertError, checkRoute, type HeaderFields, type Refusal } from "@x/core";
import { maxHeaderBytes } from "../limits.js";
import type { Header } from "./header.js";
import { checkFields } from "./header-fields.js";
import { invalidFrame, readHeader } from "./header-reader.js";
import { writeHeader } from "./header-writer.js";
import { formatRefusal, parseRefusal, refusalField } from "./refusal-text.js";

/**
 * The bytes of a header, good until the next call. See PROTOCOL.md, "Message frame".
 *
 * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, MESSAGE_INVALID
 */
export function packHeader(header: Header): Uint8Array {
  checkRoute(header.onwardRoute);
  checkRoute(header.returnRoute);
  const fields = packedFields(header);
  const bytes = writeHeader(header, fields);
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

/**
 * Reads the bytes of a header.
 *
 * @throws CulvertError FRAME_INVALID
 */
export function unpackHeader(bytes: Uint8Array): Header {
  const { fields, ...header } = readHeader(bytes);
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
