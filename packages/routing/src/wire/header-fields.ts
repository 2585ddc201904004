import { CulvertError, type FieldValue, type HeaderFields } from "@x/core";
import { maxFieldNameBytes, maxHeaderFields } from "../limits.js";
import { refusalField } from "./refusal-text.js";

/**
 * Checks the optional header fields of a message before they are written.
 *
 * @throws CulvertError MESSAGE_INVALID
 */
export function checkFields(fields: HeaderFields): void {
  if (typeof fields !== "object" || fields === null)
    throw invalid("header fields", "they have to be an object");
  const names = Object.keys(fields);
  if (names.length > maxHeaderFields) {
    throw invalid(`${names.length} header fields`, `limit is ${maxHeaderFields}`);
  }
  for (const name of names) {
    if (name === refusalField) throw invalid(`header field "${name}"`, "the name is reserved");
    if (!isFieldName(name)) throw invalid(`header field ${JSON.stringify(name.slice(0, 64))}`, fieldNameRule);
    if (!isFieldValue(fields[name])) throw invalid(`header field "${name}"`, "its value is no plain scalar");
  }
}

const encoder = new TextEncoder();

/** Says whether text can name a header field. */
export function isFieldName(name: string): boolean {
  if (name.length === 0 || name.length > maxFieldNameBytes) return false;
  return encoder.encode(name).length <= maxFieldNameBytes && name !== "__proto__" && !/\p{Cs}/u.test(name);
}

const fieldNameRule = `a name has 1 to ${maxFieldNameBytes} bytes and is not "__proto__"`;

function isFieldValue(value: unknown): value is FieldValue {
  if (typeof value === "string") return !/\p{Cs}/u.test(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return true;
  return value instanceof Uint8Array;
}

function invalid(what: string, why: string): CulvertError {
  return new CulvertError("MESSAGE_INVALID", `Cannot send message with ${what}: ${why}`);
}
