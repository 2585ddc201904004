import { CulvertError } from "@x/core";
import { maxCredentialBytes, maxCredentials, maxProofBytes, sessionIdBytes } from "../limits.js";
import { ByteReader, invalidContent } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { copyBytes } from "./bytes.js";
import { channelNameBytes } from "./channel-name.js";

/** What the listener says in the second message. See PROTOCOL.md, "Handshake". */
export interface AnswerPayload {
  /** Its session. */
  readonly listenerId: Uint8Array;
  readonly proof: Uint8Array;
}

/** What the dialler says in the third message. */
export interface FinishPayload {
  /** The channel that is renewed; zeros for a new one. */
  readonly channelName: Uint8Array;
  readonly proof: Uint8Array;
  readonly credentials: readonly Uint8Array[];
}

/** {@link AnswerPayload} as bytes. */
export function writeAnswer({ listenerId, proof }: AnswerPayload): Uint8Array {
  return writeProof(new ByteWriter().bytes(listenerId), proof).done();
}

/** @throws CulvertError PAYLOAD_INVALID */
export function readAnswer(bytes: Uint8Array): AnswerPayload {
  const reader = new ByteReader(bytes);
  const answer = { listenerId: copyBytes(reader.bytes(sessionIdBytes)), proof: readProof(reader) };
  reader.end();
  return answer;
}

/** {@link FinishPayload} as bytes. */
export function writeFinish({ channelName, proof, credentials }: FinishPayload): Uint8Array {
  const writer = writeProof(new ByteWriter().bytes(channelName), proof);
  return writeCredentials(writer, credentials).done();
}

/** @throws CulvertError PAYLOAD_INVALID */
export function readFinish(bytes: Uint8Array): FinishPayload {
  const reader = new ByteReader(bytes);
  const channelName = copyBytes(reader.bytes(channelNameBytes));
  const finish = { channelName, proof: readProof(reader), credentials: readCredentials(reader) };
  reader.end();
  return finish;
}

/** Credentials: their number as u8, each with its length as u16 in front. */
export function writeCredentials(writer: ByteWriter, credentials: readonly Uint8Array[]): ByteWriter {
  if (credentials.length > maxCredentials || credentials.some(({ length }) => length > maxCredentialBytes)) {
    const limit = `limit is ${maxCredentials} of ${maxCredentialBytes} bytes`;
    throw new CulvertError("OPTION_INVALID", `Cannot show ${credentials.length} credentials: ${limit}`);
  }
  writer.u8(credentials.length);
  for (const credential of credentials) writer.bytes16(credential);
  return writer;
}

/** @throws CulvertError PAYLOAD_INVALID */
export function readCredentials(reader: ByteReader): readonly Uint8Array[] {
  const count = reader.u8();
  if (count > maxCredentials) throw invalidContent(`it holds ${count} credentials`);
  return Array.from({ length: count }, () => readSized(reader, maxCredentialBytes));
}

function writeProof(writer: ByteWriter, proof: Uint8Array): ByteWriter {
  if (proof.length <= maxProofBytes) return writer.bytes16(proof);
  const reason = `Cannot show identity: its proof has ${proof.length} bytes, limit is ${maxProofBytes}`;
  throw new CulvertError("IDENTITY_INVALID", reason);
}

function readProof(reader: ByteReader): Uint8Array {
  return readSized(reader, maxProofBytes);
}

function readSized(reader: ByteReader, limit: number): Uint8Array {
  const length = reader.u16();
  if (length > limit) throw invalidContent(`a part of it has ${length} bytes, limit is ${limit}`);
  return copyBytes(reader.bytes(length));
}
