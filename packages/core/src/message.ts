import type { Address } from "./address.js";
import type { ErrorCode } from "./error.js";
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
 * Tells whoever lent some bytes that nobody needs them any more, so that their memory can be used again.
 * Only the one who alone has the bytes may call it; a further call does nothing. Never calling it is always right.
 */
export type Release = () => void;

/** What a node knows of a message and never puts on the wire. Workers that pass a message on copy it unchanged. */
export interface LocalInfo {
  /** The worker address of the connection by which the message came; absent when it began on this node. */
  readonly arrivedBy?: Address;
  /** Releases the payload's memory to the connection it came by. For receivers that use up the payload and keep no part of it. */
  readonly release?: Release;
  /** Room for what secure channels and access rules find out about the sender. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * What a worker sends.
 * To pass a received message on, copy it: `send({ ...message, onwardRoute })` keeps its hop count, fields and origin.
 */
export interface OutgoingMessage {
  /** The hops still to pass; the first is on this node, or a transport hop that this node dials. */
  readonly onwardRoute: Route;
  /** The way back. Default: none, so that neither a reply nor a refusal can be sent. */
  readonly returnRoute?: Route;
  /**
   * The content, {@link maxPayloadBytes} at most in all. Several parts are one payload in order, and reach the wire uncopied.
   * The bytes belong to the node from now on: do not change them.
   */
  readonly payload: Uint8Array | readonly Uint8Array[];
  /** Deliveries so far, over all nodes. Default 0. */
  readonly hopCount?: number;
  /** Optional header fields. */
  readonly fields?: HeaderFields;
  /** Set on a negative reply. */
  readonly refusal?: Refusal;
  /**
   * Called at most once, when nobody needs the payload's bytes any more; not every transport tells.
   * A worker that passes a received message on to one receiver, and keeps nothing of it, gives `local.release`.
   */
  readonly release?: Release;
  /** What this node knows of the message's origin. Default: it begins here. */
  readonly local?: LocalInfo;
}

/** What a worker receives. Its own address is already off the onward route. */
export interface Message extends OutgoingMessage {
  /** The way back to the sender. */
  readonly returnRoute: Route;
  /** The content. It may share a larger buffer: copy it to keep it for long. */
  readonly payload: Uint8Array;
  /** Deliveries so far, this one included. */
  readonly hopCount: number;
}
