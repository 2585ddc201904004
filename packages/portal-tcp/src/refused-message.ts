import { type CulvertError, type ErrorCode, type Message, refusalError } from "@x/core";
import { commonHeaderBytes, messageKinds } from "./message-header.js";
import { readStreamId, type StreamId } from "./stream-id.js";
import { readU48 } from "./wire-bytes.js";

/** What a refusal means for a stream: slow down, send smaller messages, or find another path. */
export type RefusalMeaning = "busy" | "tooLarge" | "pathDown";

/** Which message a hop refused, as far as the refusal tells: it carries the first bytes of the payload. */
export interface RefusedMessage {
  readonly meaning: RefusalMeaning;
  readonly error: CulvertError;
  /** Absent when the refusal does not carry enough. */
  readonly id: StreamId | undefined;
  /** Only for segments. */
  readonly packetNumber: number | undefined;
}

const meanings: Partial<Record<ErrorCode, RefusalMeaning>> = {
  WORKER_BUSY: "busy",
  CONNECTION_BUSY: "busy",
  MESSAGE_TOO_LARGE: "tooLarge",
  FRAME_TOO_LARGE: "tooLarge",
};

/** Reads a refusal. */
export function readRefusal(message: Message): RefusedMessage {
  const error = refusalError(message);
  const { payload } = message;
  const hasId = payload.length >= commonHeaderBytes;
  const isSegment = hasId && ((payload[0] as number) & 0x0f) === messageKinds.segment;
  return {
    meaning: meaningOf(error.code),
    error,
    id: hasId ? readStreamId(payload, 2) : undefined,
    packetNumber:
      isSegment && payload.length >= commonHeaderBytes + 6 ? readU48(payload, commonHeaderBytes) : undefined,
  };
}

/** What a refusal with a code means for the stream that sent the message. */
export function meaningOf(code: ErrorCode): RefusalMeaning {
  return meanings[code] ?? "pathDown";
}
