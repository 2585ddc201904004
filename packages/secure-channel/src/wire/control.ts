import { type ErrorCode, isErrorCode, maxReasonLength } from "@x/core";
import type { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { readCredentials, writeCredentials } from "./handshake-payload.js";
import { innerType } from "./inner.js";

/** Why one end does not let the other in. */
export interface ChannelRefusal {
  /** What the other end is told. */
  readonly code: ErrorCode;
  /** One sentence for people. */
  readonly reason: string;
}

/** The listener's first record when it lets the dialler in. See PROTOCOL.md, "What is sealed". */
export interface Accepted {
  /** The channel that was to be renewed was known. */
  readonly isRenewed: boolean;
  /** How long it lets the dialler in, in milliseconds; 0: without end. */
  readonly validForMs: number;
  readonly credentials: readonly Uint8Array[];
}

/** The bytes of an {@link Accepted}. */
export function writeAccepted({ isRenewed, validForMs, credentials }: Accepted): Uint8Array {
  const validity = Math.min(Math.max(0, Math.ceil(validForMs)), 0xffff_ffff);
  const writer = new ByteWriter()
    .u8(innerType.accepted)
    .u8(isRenewed ? 1 : 0)
    .u32(validity);
  return writeCredentials(writer, credentials).done();
}

/** @throws CulvertError PAYLOAD_INVALID */
export function readAccepted(reader: ByteReader): Accepted {
  const isRenewed = reader.u8() === 1;
  const validForMs = reader.u32();
  const credentials = readCredentials(reader);
  reader.end();
  return { isRenewed, validForMs, credentials };
}

/** The bytes of the listener's first record when it refuses the dialler, or of an end that closes the channel. */
export function writeEnd(type: 2 | 3, { code, reason }: ChannelRefusal): Uint8Array {
  return new ByteWriter().u8(type).text8(code).text16(reason.slice(0, maxReasonLength)).done();
}

/** @throws CulvertError PAYLOAD_INVALID */
export function readEnd(reader: ByteReader): ChannelRefusal {
  const given = reader.text(reader.u8());
  const reason = reader.text(reader.u16()).slice(0, maxReasonLength);
  reader.end();
  return { code: isErrorCode(given) ? given : "INTERNAL", reason };
}
