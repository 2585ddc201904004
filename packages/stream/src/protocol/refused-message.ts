import { type CulvertError, type ErrorCode, type Message, refusalError } from "@x/core";
import { protocolVersion } from "../limits.js";
import { commonHeaderBytes, fromAcceptorFlag, messageKinds } from "./message-header.js";
import { readStreamId, type StreamId } from "./stream-id.js";
import { readU48 } from "./wire-bytes.js";

/** What a refusal means for a stream: slow down, send smaller messages, or find another path. */
export type RefusalMeaning = "busy" | "tooLarge" | "pathDown";

/** Which message a hop refused, by the beginning of its payload that the refusal brings back. */
export interface RefusedMessage {
  readonly meaning: RefusalMeaning;
  readonly error: CulvertError;
  readonly kind: "hello" | "segment" | "reset";
  /** The stream, or the id of the hello. */
  readonly id: StreamId;
  /** Of a segment; else 0. */
  readonly packetNumber: number;
}

const meanings: Partial<Record<ErrorCode, RefusalMeaning>> = {
  WORKER_BUSY: "busy",
  CONNECTION_BUSY: "busy",
  MESSAGE_TOO_LARGE: "tooLarge",
  FRAME_TOO_LARGE: "tooLarge",
};

/** The kinds that are sent with a return route, and so can be refused. */
const refusable = new Map<number, RefusedMessage["kind"]>([
  [messageKinds.hello, "hello"],
  [messageKinds.segment, "segment"],
  [messageKinds.reset, "reset"],
]);

/**
 * Reads a refusal. Anybody can send one, so one that does not bring back what only this end and the hops of its path have
 * seen, a message of this end down to its id and packet number, tells nothing.
 */
export function readRefusal(message: Message, isAcceptor: boolean): RefusedMessage | undefined {
  const { payload } = message;
  if (payload.length < commonHeaderBytes) return undefined;
  const [first = 0, flags = 0] = payload;
  const kind = refusable.get(first & 0x0f);
  const isOurs = first >> 4 === protocolVersion && ((flags & fromAcceptorFlag) !== 0) === isAcceptor;
  const numberEnd = commonHeaderBytes + 6;
  if (kind === undefined || !isOurs || (kind === "segment" && payload.length < numberEnd)) return undefined;
  const error = refusalError(message);
  return {
    meaning: meaningOf(error.code),
    error,
    kind,
    id: readStreamId(payload, 2),
    packetNumber: kind === "segment" ? readU48(payload, commonHeaderBytes) : 0,
  };
}

/** What a refusal with a code means for the stream that sent the message. */
export function meaningOf(code: ErrorCode): RefusalMeaning {
  return meanings[code] ?? "pathDown";
}
