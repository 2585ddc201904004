import { cleanPeerText } from "@x/core";
import { maxResetTextBytes, protocolVersion } from "../limits.js";
import { commonHeaderBytes, fromAcceptorFlag, messageKinds, writeCommonHeader } from "./message-header.js";
import { type ResetReason, resetCode, resetNumber } from "./reset-reason.js";
import { decodeSegment, type Segment } from "./segment.js";
import { readStreamId, type StreamId, streamIdToBytes } from "./stream-id.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of the stream protocol. */
export type StreamMessage =
  | { readonly kind: "hello" | "welcome" | "closed"; readonly id: StreamId; readonly fromAcceptor: boolean }
  | {
      readonly kind: "reset";
      readonly id: StreamId;
      readonly fromAcceptor: boolean;
      readonly reason: ResetReason;
    }
  | {
      readonly kind: "segment";
      readonly id: StreamId;
      readonly fromAcceptor: boolean;
      readonly segment: Segment;
    }
  | { readonly kind: "unsupported"; readonly id: StreamId; readonly fromAcceptor: boolean };

/**
 * Reads a message. The data of a segment shares the bytes given.
 * Returns nothing for bytes that are no message; `unsupported` for those of another version that want an answer.
 */
export function decodeStreamMessage(bytes: Uint8Array): StreamMessage | undefined {
  if (bytes.length < commonHeaderBytes) return undefined;
  const first = bytes[0] as number;
  const kind = first & 0x0f;
  const fromAcceptor = ((bytes[1] as number) & fromAcceptorFlag) !== 0;
  const id = readStreamId(bytes, 2);
  if (first >> 4 !== protocolVersion) {
    const wantsAnswer = kind === messageKinds.hello || kind === messageKinds.segment;
    return wantsAnswer && first >> 4 !== 0 ? { kind: "unsupported", id, fromAcceptor } : undefined;
  }
  switch (kind) {
    case messageKinds.segment: {
      const segment = decodeSegment(bytes);
      return segment && { kind: "segment", id, fromAcceptor, segment };
    }
    case messageKinds.reset: {
      const reason = decodeReason(bytes);
      return reason && { kind: "reset", id, fromAcceptor, reason };
    }
    case messageKinds.hello:
    case messageKinds.welcome:
    case messageKinds.closed:
      return bytes.length === commonHeaderBytes ? { kind: shortKind(kind), id, fromAcceptor } : undefined;
    default:
      return undefined;
  }
}

function shortKind(kind: 1 | 2 | 5): "hello" | "welcome" | "closed" {
  if (kind === messageKinds.hello) return "hello";
  return kind === messageKinds.welcome ? "welcome" : "closed";
}

/** Writes a message that has nothing but its kind: the question whether an end is there, its answer, and "ended". */
export function encodeShort(
  kind: "hello" | "welcome" | "closed",
  id: StreamId,
  fromAcceptor: boolean,
): Uint8Array {
  const bytes = new Uint8Array(commonHeaderBytes);
  writeCommonHeader(bytes, messageKinds[kind], fromAcceptor ? fromAcceptorFlag : 0, streamIdToBytes(id));
  return bytes;
}

/** Writes a reset. Text beyond its limit is cut. */
export function encodeReset(id: StreamId, fromAcceptor: boolean, reason: ResetReason): Uint8Array {
  const text = cutUtf8(reason.text);
  const bytes = new Uint8Array(commonHeaderBytes + 2 + text.length);
  writeCommonHeader(bytes, messageKinds.reset, fromAcceptor ? fromAcceptorFlag : 0, streamIdToBytes(id));
  bytes[commonHeaderBytes] = resetNumber(reason.code);
  bytes[commonHeaderBytes + 1] = text.length;
  bytes.set(text, commonHeaderBytes + 2);
  return bytes;
}

function decodeReason(bytes: Uint8Array): ResetReason | undefined {
  const textLength = bytes[commonHeaderBytes + 1];
  if (textLength === undefined || bytes.length !== commonHeaderBytes + 2 + textLength) return undefined;
  const text = decoder.decode(bytes.subarray(commonHeaderBytes + 2));
  return { code: resetCode(bytes[commonHeaderBytes] as number), text: cleanPeerText(text) };
}

function cutUtf8(text: string): Uint8Array {
  const target = new Uint8Array(maxResetTextBytes);
  // encodeInto never writes half a character.
  return target.subarray(0, encoder.encodeInto(text, target).written);
}
