import type { Address } from "./address.js";
import type { ErrorCode } from "./error.js";
import type { Fact, FactKey } from "./fact.js";
import type { Route } from "./route.js";

/** A value an optional header field can have. */
export type FieldValue = string | number | boolean | null | Uint8Array;

/** Optional header fields by name. A node passes on those it does not know. */
export type HeaderFields = Readonly<Record<string, FieldValue>>;

/**
 * Why a hop did not deliver a message: the content of a negative reply.
 * The payload of such a reply is the beginning of the refused one, 64 bytes at most, so that its receiver can tell which it was.
 */
export interface Refusal {
  /** What went wrong. */
  readonly code: ErrorCode;
  /** The address that could not be reached, as the refusing node knows it. */
  readonly hop: Address;
  /** One sentence for people, {@link maxReasonLength} at most. */
  readonly reason: string;
}

/**
 * Tells whoever lent some bytes that nobody needs them any more, so that their memory can be used again, or given back: even their
 * length may be 0 from then on.
 * Only the one who alone has the bytes may call it; a further call does nothing. Never calling it is always right.
 */
export type Release = () => void;

/**
 * The content of a message, {@link maxPayloadBytes} at most in all.
 * Text travels as UTF-8. Several parts are one payload in order, and reach the wire uncopied.
 */
export type Payload = string | Uint8Array | readonly Uint8Array[];

/** The header field of an application's error reply: a code of the application's own. */
export const errorField = "error";

/**
 * Where a message came from, and with it the rights it has on this node.
 * Made by the node and by nobody else; it may be kept, to send with the same rights later.
 */
export interface Origin {
  /** The worker address of the connection by which the message came; absent when it began on this node. */
  readonly arrivedBy: Address | undefined;
  /** It was sent through the operator's host and goes where that said: it may dial, and reach workers of exposure `local`. */
  readonly isOwn: boolean;
  /** What the owner of the key found out about the sender; absent when it did not. */
  fact<Value>(key: FactKey<Value>): Value | undefined;
}

/** What anybody may send. */
export interface OutgoingMessage {
  /** The hops still to pass; the first is on this node. */
  readonly onwardRoute: Route;
  /** The way back. Default: none, so that neither a reply nor a refusal can be sent. */
  readonly returnRoute?: Route;
  /** The content. The bytes belong to the node from now on: do not change them. */
  readonly payload: Payload;
  /** Optional header fields. */
  readonly fields?: HeaderFields;
  /** Called at most once, when nobody needs the payload's bytes any more; not every transport tells. */
  readonly release?: Release;
  /** Hops that count as passed already. Default 0; more makes it end earlier, which is how a route is traced. */
  readonly hopCount?: number;
  /** Sends with the rights of a message that was received, such as a late answer. Default: those of the host. */
  readonly origin?: Origin;
  /** What the sender knows for sure of the message, for workers of this node. */
  readonly facts?: readonly Fact[];
  /**
   * Makes it a negative reply. For workers that carry messages elsewhere and learn later that one did not get there; anybody else
   * refuses with {@link Message.refuse}.
   */
  readonly refusal?: Refusal;
}

/** What stands in for the parts of a message when another one, which was inside it, is passed on in its place. */
export interface InnerMessage {
  /** Deliveries of it so far. */
  readonly hopCount: number;
  /** Its header fields. */
  readonly fields?: HeaderFields | undefined;
  /** Set on a negative reply. */
  readonly refusal?: Refusal | undefined;
}

/** What an access rule sees of a message, beside its origin. */
export interface IncomingMessage {
  /** The hops behind this one. */
  readonly onwardRoute: Route;
  /** The way back to the sender. */
  readonly returnRoute: Route;
  /** Deliveries so far, this one included. */
  readonly hopCount: number;
  /** Optional header fields. */
  readonly fields?: HeaderFields | undefined;
  /** Set on a negative reply. */
  readonly refusal?: Refusal | undefined;
}

/** How to answer a message. */
export interface ReplyOptions {
  /** The way back for an answer to the answer, and for a refusal of it. Default: none. */
  readonly returnRoute?: Route;
  /** Header fields beside those of the message. */
  readonly fields?: HeaderFields;
  /** As that of {@link OutgoingMessage}. */
  readonly release?: Release;
}

/** What changes when a message is passed on. What is left out stays as it is. */
export interface ForwardOptions extends ReplyOptions {
  /**
   * The hops to pass instead. The message then no longer goes where its sender said, so that it keeps the connection it came by
   * and what is known of its sender, but not the right to dial and to reach workers of exposure `local`.
   */
  readonly onwardRoute?: Route;
  /** The content instead. Its bytes belong to the node from now on. */
  readonly payload?: Payload;
  /** What the worker found out about the sender, beside what is known already. */
  readonly facts?: readonly Fact[];
  /** The worker needs the payload no more: once it is sent, its memory goes back to the connection it came by. */
  readonly handOver?: boolean;
  /**
   * What is passed on was inside the message, such as one that was sealed: these are its own parts, and its sender chose its
   * routes. It keeps the connection that the message came by and what is known of the sender.
   */
  readonly inner?: InnerMessage;
  /**
   * Lets the message use workers of exposure `network` although it came by a connection that this node dialled. For a worker
   * that is there to let others in, such as that of a relay client.
   */
  readonly admit?: boolean;
}

/**
 * What a worker receives. Its own address is already off the onward route.
 * An answer, and what is passed on, carry the message's origin, hop count and fields by themselves.
 */
export interface Message extends IncomingMessage {
  /** The content. It may share a larger buffer: copy it to keep it for long. */
  readonly payload: Uint8Array;
  /** The content in several parts, for a worker that takes it so; `payload` is empty then. */
  readonly parts?: readonly Uint8Array[] | undefined;
  /** Where it came from. */
  readonly origin: Origin;
  /** Releases the payload's memory to the connection it came by. For receivers that use up the payload and keep no part of it. */
  readonly release?: Release | undefined;
  /** It can be answered: it is no negative reply, and its return route leads to a worker. */
  readonly canReply: boolean;
  /** The code of an application's error reply; absent when it is none. The payload may then hold a sentence for people. */
  readonly error: string | undefined;

  /** The payload as UTF-8 text, with U+FFFD for what is none. */
  text(): string;

  /**
   * The payload as JSON.
   *
   * @throws CulvertError PAYLOAD_INVALID
   */
  json<Value = unknown>(): Value;

  /**
   * Answers the message, as often as one likes and also after the handler ended. Returns what `send` returns.
   * Does nothing when it cannot be answered.
   *
   * @throws CulvertError MESSAGE_INVALID, MESSAGE_TOO_LARGE, ROUTE_INVALID, ROUTE_TOO_LONG for an answer that no node would take
   */
  reply(payload: Payload, options?: ReplyOptions): Promise<void> | undefined;

  /**
   * Answers that the application cannot do what it was asked for: a reply with the header field `error`.
   *
   * @param code a word of the application's own
   * @param text one sentence for people
   */
  replyError(code: string, text?: string): Promise<void> | undefined;

  /**
   * Passes the message on, along its onward route unless told otherwise. Returns what `send` returns: a handler that is
   * asynchronous should wait for it, any other leaves that to whoever sent the message.
   * A route of no hops or too many is refused in the name of this worker.
   *
   * @throws CulvertError MESSAGE_INVALID, MESSAGE_TOO_LARGE for a payload or fields that no node would take
   */
  forward(options?: ForwardOptions): Promise<void> | undefined;

  /**
   * Answers with a negative reply. Does nothing when it cannot be answered.
   *
   * @param hop what could not be reached. Default: this worker
   */
  refuse(code: ErrorCode, reason: string, hop?: Address): void;
}
