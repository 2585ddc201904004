import { type Address, generateAddress, request, type WorkerHost } from "@x/core";
import {
  decodeRelayReply,
  encodeRelayRequest,
  type RegisterRequest,
  type RelayReply,
  type RelayRequest,
} from "../src/protocol/relay-message.js";

/** A token of 16 equal bytes. */
export function token(byte: number): Uint8Array {
  return new Uint8Array(16).fill(byte);
}

/** A registration with defaults for what a test does not care about. */
export function registration(
  over: Partial<Omit<RegisterRequest, "type">> & { name: string },
): RegisterRequest {
  return {
    type: "register",
    epoch: 1,
    sequence: 1,
    token: token(1),
    forwardTo: generateAddress(),
    leaseMs: 0,
    ...over,
  };
}

/** Sends one request, or any bytes, along a route and resolves with the reply. */
export async function ask(
  host: WorkerHost,
  route: readonly Address[],
  content: RelayRequest | Uint8Array,
): Promise<RelayReply> {
  const payload = content instanceof Uint8Array ? content : encodeRelayRequest(content);
  const reply = await request(host, route, payload, { timeoutMs: 1_000 });
  return decodeRelayReply(reply.payload);
}
