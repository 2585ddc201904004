import { seededRandom } from "../harness/seeded-random.js";

/** What the target does: answers at the end of the upload, sends back what comes, or sends at once. */
export type TargetMode = "answer" | "echo" | "at-once";

/** How a visitor ends its stream before its time: by a reset, or by closing its socket and walking away. */
export type Quit = "reset" | "leave";

/** One stream, decided before it begins. Sizes in bytes. */
export interface StreamPlan {
  /** 12 bits for the client, 20 for the number of the stream. */
  readonly id: number;
  /** What kind of stream it is, for people. */
  readonly pattern: string;
  readonly mode: TargetMode;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  /** Decides the content of both directions. */
  readonly contentSeed: number;
  /** The visitor ends its direction only when the target's has ended. */
  readonly endsLast: boolean;
  /** What the visitor reads at most, in bytes a second; infinite for as fast as it can. */
  readonly readBytesPerSecond: number;
  /** After so many bytes up the visitor pauses once. */
  readonly pauseAt: number;
  /** For how long, in milliseconds. */
  readonly pauseMs: number;
  /** The visitor gives up after so many bytes, up and down together. */
  readonly quit: { readonly how: Quit; readonly afterBytes: number } | undefined;
  /** How long the client rests before it, in milliseconds. */
  readonly restMs: number;
}

/** Numbers of streams per client. */
const streamsPerClient = 2 ** 20;

/** The longest rest of a client between streams, in milliseconds: keeps connections per second low. */
const maxRestMs = 400;

const slowBytesPerSecond = 400_000;
const maxSlowBytes = 4_000_000;
const maxPauseMs = 8_000;
const kibibyte = 1_024;
const mebibyte = 1_048_576;

type Shape = Pick<StreamPlan, "pattern" | "mode" | "uploadBytes" | "downloadBytes"> &
  Partial<Pick<StreamPlan, "endsLast" | "readBytesPerSecond" | "quit">>;

/** The n-th stream of a client: the same one for the same seed. */
export function planStream(seed: number, client: number, index: number): StreamPlan {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(client + 1, 0x85ebca6b) ^ index);
  const shape = planShape(random);
  const pauses = random() < 0.2;
  return {
    endsLast: false,
    readBytesPerSecond: Number.POSITIVE_INFINITY,
    quit: undefined,
    ...shape,
    id: client * streamsPerClient + (index % streamsPerClient),
    contentSeed: Math.floor(random() * 0x1_0000_0000),
    pauseAt: Math.floor(random() * shape.uploadBytes),
    pauseMs: pauses ? Math.floor(random() * maxPauseMs) : 0,
    restMs: Math.floor(random() * maxRestMs),
  };
}

/** A small stream that tells whether the way is free. */
export function planProbe(seed: number, client: number, index: number): StreamPlan {
  const plan = planStream(seed, client, index);
  const sizes = { uploadBytes: kibibyte, downloadBytes: kibibyte, pauseMs: 0, restMs: 0, quit: undefined };
  const readBytesPerSecond = Number.POSITIVE_INFINITY;
  return { ...plan, ...sizes, pattern: "probe", mode: "answer", endsLast: false, readBytesPerSecond };
}

function planShape(random: () => number): Shape {
  const size = (): number => planSize(random);
  const pick = random();
  if (pick < 0.25) return { pattern: "request", mode: "answer", uploadBytes: size(), downloadBytes: size() };
  if (pick < 0.4) {
    const bytes = size();
    return { pattern: "echo", mode: "echo", uploadBytes: bytes, downloadBytes: bytes };
  }
  if (pick < 0.5) return { pattern: "duplex", mode: "at-once", uploadBytes: size(), downloadBytes: size() };
  if (pick < 0.65) {
    const endsLast = random() < 0.5;
    return { pattern: "download", mode: "at-once", uploadBytes: 0, downloadBytes: size(), endsLast };
  }
  if (pick < 0.8) return { pattern: "upload", mode: "answer", uploadBytes: size(), downloadBytes: 0 };
  if (pick < 0.85) {
    const downloadBytes = Math.floor(random() * maxSlowBytes);
    const readBytesPerSecond = slowBytesPerSecond * (1 + random());
    return { pattern: "slow reader", mode: "at-once", uploadBytes: 0, downloadBytes, readBytesPerSecond };
  }
  return planQuit(random, pick < 0.93 ? "reset" : "leave");
}

function planQuit(random: () => number, how: Quit): Shape {
  const mode = (["answer", "echo", "at-once"] as const)[Math.floor(random() * 3)] ?? "answer";
  const uploadBytes = planSize(random);
  const downloadBytes = mode === "echo" ? uploadBytes : planSize(random);
  const afterBytes = Math.floor(random() * (uploadBytes + downloadBytes));
  const pattern = how === "reset" ? "visitor resets" : "visitor leaves";
  return { pattern, mode, uploadBytes, downloadBytes, quit: { how, afterBytes } };
}

/** Most streams are small, a few are large: 0 B to 40 MiB, and as likely between 1 and 2 KiB as between 8 and 16. */
function planSize(random: () => number): number {
  const pick = random();
  const between = (low: number, high: number): number => Math.floor(low * (high / low) ** random());
  if (pick < 0.1) return 0;
  if (pick < 0.6) return between(1, 16 * kibibyte);
  if (pick < 0.85) return between(16 * kibibyte, 512 * kibibyte);
  if (pick < 0.97) return between(512 * kibibyte, 4 * mebibyte);
  return between(4 * mebibyte, 40 * mebibyte);
}
