import { CulvertError, cleanPeerText } from "@x/core";
import { joinBytes } from "../keys/bytes.js";
import { maxAttributeNameLength, maxAttributes, maxAttributeValueBytes } from "../limits.js";

/**
 * What an authority says about a member: `{ role: "web", "component.db": "true" }`.
 * Names are letters, digits, `_`, `.` and `-`, begin with a letter, and are not `identifier`, which is what policies call the member.
 */
export type Attributes = Readonly<Record<string, string>>;

const namePattern = new RegExp(`^[A-Za-z][A-Za-z0-9_.-]{0,${maxAttributeNameLength - 1}}$`);

/** Says whether an attribute can have this name. */
export function isAttributeName(name: string): boolean {
  return namePattern.test(name) && name !== "identifier";
}

/** The error for a credential that cannot be made, or does not hold. */
export function credentialInvalid(why: string): CulvertError {
  return new CulvertError("CREDENTIAL_INVALID", `Cannot use credential: ${why}`);
}

/**
 * The attributes as they are signed: their number, then each with its lengths, in the order of their names.
 *
 * @throws CulvertError CREDENTIAL_INVALID
 */
export function writeAttributes(attributes: Attributes): Uint8Array {
  const entries = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
  if (entries.length > maxAttributes) {
    throw credentialInvalid(`it has ${entries.length} attributes: limit is ${maxAttributes}`);
  }
  const encoder = new TextEncoder();
  const pieces = entries.flatMap(([name, value]) => {
    checkAttribute(name, value);
    const [nameBytes, valueBytes] = [encoder.encode(name), encoder.encode(value)];
    return [Uint8Array.of(nameBytes.length), nameBytes, Uint8Array.of(valueBytes.length), valueBytes];
  });
  return joinBytes(Uint8Array.of(entries.length), ...pieces);
}

function checkAttribute(name: string, value: unknown): void {
  const shown = JSON.stringify(cleanPeerText(name.slice(0, maxAttributeNameLength)));
  if (!isAttributeName(name)) throw credentialInvalid(`${shown} is no name of an attribute`);
  if (typeof value !== "string" || /\p{Cs}/u.test(value) || cleanPeerText(value) !== value) {
    throw credentialInvalid(`the value of ${shown} is no plain text`);
  }
  const { length } = new TextEncoder().encode(value);
  if (length > maxAttributeValueBytes) {
    throw credentialInvalid(
      `the value of ${shown} has ${length} bytes: limit is ${maxAttributeValueBytes} bytes`,
    );
  }
}

/**
 * Reads what {@link writeAttributes} wrote, and nothing else: all of it, in that order, each name once.
 *
 * @throws CulvertError CREDENTIAL_INVALID
 */
export function readAttributes(bytes: Uint8Array): Attributes {
  // Without a prototype, so that no name reads something that no authority said.
  const attributes: Record<string, string> = Object.create(null);
  const [count = 0] = bytes;
  let offset = 1;
  const text = (): string => {
    const end = offset + 1 + (bytes[offset] ?? 0);
    if (end > bytes.length) throw credentialInvalid("its attributes end early");
    const piece = bytes.subarray(offset + 1, end);
    offset = end;
    return decodeText(piece);
  };
  let last = "";
  for (let index = 0; index < count && index <= maxAttributes; index++) {
    const name = text();
    if (name <= last) throw credentialInvalid("its attributes are not in order");
    attributes[name] = text();
    last = name;
  }
  if (offset !== bytes.length) throw credentialInvalid("its attributes have another length");
  // Checks number, names and values, and that there is no other way to write them.
  writeAttributes(attributes);
  return Object.freeze(attributes);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw credentialInvalid("an attribute is no UTF-8");
  }
}
