import type { Chain } from "../engine/chain.js";
import {
  type Fault,
  lineHalfOpen,
  lineReset,
  lineStalls,
  linesCut,
  nodeEnds,
  nodeSleeps,
  targetDown,
} from "../engine/faults.js";
import type { Pace, Quit } from "../engine/side.js";
import type { StreamPlan } from "../engine/streams.js";
import { Random } from "../harness/random.js";

const [kibibyte, mebibyte] = [1_024, 1_048_576];

/** Numbers of streams per client. */
const streamsPerClient = 2 ** 20;

/** Most clients: streams with larger numbers are probes. */
export const maxClients = 4_000;

type Shape = Pick<StreamPlan, "pattern" | "mode" | "uploadBytes" | "downloadBytes"> &
  Pick<StreamPlan, "endsLast" | "readBytesPerSecond" | "quit">;

/** The n-th stream of a client, and for how long the client rests before it, in milliseconds: the same one for the same seed. */
export function planStream(
  seed: number,
  client: number,
  index: number,
  pace: Pace,
): StreamPlan & { readonly restMs: number } {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(client + 1, 0x85ebca6b) ^ index);
  const shape = planShape(random);
  return {
    ...shape,
    id: client * streamsPerClient + (index % streamsPerClient),
    contentSeed: random.below(0x1_0000_0000),
    pace: { up: pace, down: pace },
    pauseAt: random.below(shape.uploadBytes),
    pauseMs: random.chance(0.2) ? random.below(8_000) : 0,
    // Keeps connections per second low.
    restMs: random.below(400),
  };
}

function planShape(random: Random): Shape {
  const size = (): number => planSize(random);
  const pick = random.next();
  if (pick < 0.25) return { pattern: "request", mode: "answer", uploadBytes: size(), downloadBytes: size() };
  if (pick < 0.4) {
    const bytes = size();
    return { pattern: "echo", mode: "echo", uploadBytes: bytes, downloadBytes: bytes };
  }
  if (pick < 0.5) return { pattern: "duplex", mode: "at-once", uploadBytes: size(), downloadBytes: size() };
  const down = { mode: "at-once", uploadBytes: 0 } as const;
  if (pick < 0.65)
    return { pattern: "download", ...down, downloadBytes: size(), endsLast: random.chance(0.5) };
  if (pick < 0.8) return { pattern: "upload", mode: "answer", uploadBytes: size(), downloadBytes: 0 };
  if (pick < 0.85) {
    const readBytesPerSecond = 400_000 * (1 + random.next());
    return { pattern: "slow reader", ...down, downloadBytes: random.below(4_000_000), readBytesPerSecond };
  }
  const how: Quit = pick < 0.93 ? "reset" : "leave";
  const mode = random.pick(["answer", "echo", "at-once"] as const);
  const uploadBytes = size();
  const downloadBytes = mode === "echo" ? uploadBytes : size();
  const quit = { how, afterBytes: random.below(uploadBytes + downloadBytes) };
  return { pattern: `visitor ${how}s`, mode, uploadBytes, downloadBytes, quit };
}

/** Most streams are small, a few are large: 0 B to 40 MiB. */
function planSize(random: Random): number {
  const pick = random.next();
  if (pick < 0.1) return 0;
  if (pick < 0.6) return random.between(1, 16 * kibibyte);
  if (pick < 0.85) return random.between(16 * kibibyte, 512 * kibibyte);
  if (pick < 0.97) return random.between(512 * kibibyte, 4 * mebibyte);
  return random.between(4 * mebibyte, 40 * mebibyte);
}

/** One fault, decided before it comes. Times in milliseconds. */
export interface PlannedFault {
  readonly fault: Fault;
  /** Where, for people. */
  readonly where: string;
  readonly lastsMs: number;
  /** The pause before it. */
  readonly gapMs: number;
}

type FaultMaker = (
  chain: Chain,
  choice: { leg: 0 | 1; end: "dialler" | "listener"; node: "near" | "relay" | "far" },
) => Fault;

/** Everything that is broken on purpose, with the shortest and longest time of each, in milliseconds. */
export const faultKinds: Readonly<Record<string, readonly [FaultMaker, number, number]>> = {
  "relay killed": [(chain) => nodeEnds(chain, "relay", "SIGKILL"), 1_000, 10_000],
  "relay ended": [(chain) => nodeEnds(chain, "relay", "SIGTERM"), 1_000, 10_000],
  "inlet node killed": [(chain) => nodeEnds(chain, "near", "SIGKILL"), 1_000, 10_000],
  "private node killed": [(chain) => nodeEnds(chain, "far", "SIGKILL"), 1_000, 10_000],
  "connection reset": [(chain, { leg }) => lineReset(chain, leg), 0, 0],
  "silent cut": [(chain, { leg }) => linesCut(chain, leg), 1_000, 20_000],
  stall: [(chain, { leg, end }) => lineStalls(chain, leg, end), 500, 10_000],
  "half-open": [(chain, { leg, end }) => lineHalfOpen(chain, leg, end), 1_000, 10_000],
  "node stopped": [(chain, { node }) => nodeSleeps(chain, node), 1_000, 15_000],
  "target down": [targetDown, 500, 5_000],
};

/** Which faults come, where not all do, or not as long as they may. Times in milliseconds. */
export interface FaultChoice {
  readonly kinds?: readonly string[];
  readonly longestMs?: number;
  readonly longestGapMs?: number;
}

/**
 * Faults without end, the same ones for the same seed: all kinds in a new order, again and again.
 * Pauses are 3 to 12 s: some longer than the dead-peer time, so that faults also meet quiet paths.
 */
export function* planFaults(
  chain: Chain,
  seed: number,
  choice: FaultChoice = {},
): Generator<PlannedFault, never> {
  const { kinds = Object.keys(faultKinds), longestMs = Infinity, longestGapMs = Infinity } = choice;
  const random = new Random(seed ^ 0x2545f491);
  for (;;) {
    for (const kind of random.shuffled(kinds)) {
      const [make, shortest, longest] = faultKinds[kind] ?? [targetDown, 0, 0];
      const leg = random.pick([0, 1] as const);
      const end = random.pick(["dialler", "listener"] as const);
      const node = random.pick(["near", "relay", "far"] as const);
      const lastsMs = Math.min(longestMs, Math.round(shortest + random.next() * (longest - shortest)));
      const gapMs = Math.min(longestGapMs, 3_000 + random.below(9_000));
      const where = `leg ${leg}, ${end}, or ${node}; ${lastsMs} ms`;
      yield { fault: { ...make(chain, { leg, end, node }), kind }, where, lastsMs, gapMs };
    }
  }
}
