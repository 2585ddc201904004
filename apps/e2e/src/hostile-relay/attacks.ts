import type { ErrorCode } from "@x/core";
import type { Random } from "../harness/random.js";

/** What a hostile relay sends in place of a message that it should pass on. */
export interface Sent {
  readonly payload: Uint8Array;
  /** How long it is held back, in milliseconds. Default 0. */
  readonly delayMs?: number;
  /** Where it goes: on, as it should; back to its sender; or to a listener of the relay's own. Default on. */
  readonly where?: "on" | "sender" | "own";
}

/** A message on its way through, and what passed before. */
export interface Passing {
  readonly payload: Uint8Array;
  /** All payloads so far that are kept. */
  readonly before: readonly Uint8Array[];
  readonly random: Random;
}

/** What a relay does with a message: sends these, or refuses it. */
export type Attack = (passing: Passing) => readonly Sent[] | ErrorCode;

/** The first byte of what the ends of channels say in the open. See PROTOCOL.md, "Secure channels". */
const types = { hello: 1, finish: 3, record: 4, unknown: 5 } as const;

const lies: readonly ErrorCode[] = [
  "WORKER_NOT_FOUND",
  "ACCESS_DENIED",
  "CONNECTION_DOWN",
  "WORKER_BUSY",
  "STREAM_LOST",
  "CHANNEL_REFUSED",
];

const flipped = ({ payload, random }: Passing): Uint8Array => {
  const copy = new Uint8Array(payload);
  const at = random.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
};

/** The head of a message with other bytes behind it, a message with faults, or noise. */
const forged = ({ payload, random }: Passing): Uint8Array =>
  random.pick([
    () => Buffer.concat([payload.subarray(0, 21), random.bytes(random.below(2_000))]),
    () => random.mutated(payload),
    () => random.bytes(1 + random.below(2_000)),
  ])();

/** Everything that a relay can do, each by its name. */
export const attacks: Readonly<Record<string, Attack>> = {
  /** Passes on, and keeps a copy of everything. */
  reads: ({ payload }) => [{ payload }],
  alters: (passing) => [{ payload: passing.random.chance(0.1) ? flipped(passing) : passing.payload }],
  drops: ({ payload, random }) => (random.chance(0.05) ? [] : [{ payload }]),
  replays: ({ payload, before, random }) => [
    { payload },
    { payload: random.pick([payload, ...before]), delayMs: random.below(50) },
    { payload: random.pick([payload, ...before]), delayMs: random.below(500) },
  ],
  reorders: ({ payload, random }) => [{ payload, delayMs: random.below(20) }],
  injects: (passing) => [
    { payload: forged(passing) },
    { payload: passing.payload },
    { payload: forged(passing) },
  ],
  reflects: ({ payload, random }) => [
    { payload },
    ...(random.chance(0.2) ? [{ payload, where: "sender" as const }] : []),
  ],
  refuses: ({ payload, random }) => (random.chance(0.02) ? random.pick(lies) : [{ payload }]),
  "says that the channel is forgotten": ({ payload, random }) => {
    const isRecord = payload[0] === types.record && random.chance(0.05);
    const lie = Uint8Array.of(types.unknown, ...payload.subarray(1, 9));
    return isRecord ? [{ payload }, { payload: lie, where: "sender" }] : [{ payload }];
  },
  /** Answers handshakes in place of the listener, with an identity of its own. */
  "takes the listener's place": ({ payload }) => {
    const isHandshake = payload[0] === types.hello || payload[0] === types.finish;
    return [{ payload, where: isHandshake ? "own" : "on" }];
  },
};
