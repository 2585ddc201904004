/** How long and how often to measure. */
export interface Settings {
  readonly mode: "full" | "quick";
  /** Interleaved rounds: A B C A B C. */
  readonly rounds: number;
  /** Time before a bulk measurement counts, in milliseconds. */
  readonly rampMs: number;
  /** Time a bulk measurement counts, in milliseconds. */
  readonly bulkMs: number;
  /** How long each chain carries bulk before its first round, so that compilers and windows settle, in milliseconds. */
  readonly warmUpMs: number;
  /** Time of one request/response run, in milliseconds. */
  readonly requestMs: number;
  /** Time of one connections-per-second run, in milliseconds. */
  readonly exchangeMs: number;
  /** Time of one small-messages run, in milliseconds. */
  readonly messagesMs: number;
  /** Ramp and time of one run over the delayed path, in milliseconds. */
  readonly delayedRampMs: number;
  readonly delayedMs: number;
  /** Rounds over the delayed path. */
  readonly delayedRounds: number;
  /** Starts of each command in the start-up row. */
  readonly starts: number;
  /** Sizes of the memory rows. */
  readonly unreadStreams: number;
  readonly idleRelays: number;
  readonly idlePortals: number;
  /** How long never-reading streams are left alone, in milliseconds. */
  readonly unreadMs: number;
}

/** For figures worth publishing: within 12 minutes. */
export const fullSettings: Settings = {
  mode: "full",
  rounds: 5,
  rampMs: 300,
  bulkMs: 1_200,
  warmUpMs: 2_000,
  requestMs: 1_200,
  exchangeMs: 1_500,
  messagesMs: 2_000,
  delayedRampMs: 2_000,
  delayedMs: 4_000,
  delayedRounds: 3,
  starts: 21,
  unreadStreams: 100,
  idleRelays: 10_000,
  idlePortals: 1_000,
  unreadMs: 5_000,
};

/** For a first look: within 2 minutes, with wider spread. */
export const quickSettings: Settings = {
  mode: "quick",
  rounds: 2,
  rampMs: 200,
  bulkMs: 400,
  warmUpMs: 100,
  requestMs: 500,
  exchangeMs: 600,
  messagesMs: 600,
  delayedRampMs: 1_000,
  delayedMs: 1_500,
  delayedRounds: 1,
  starts: 7,
  unreadStreams: 100,
  idleRelays: 2_000,
  idlePortals: 300,
  unreadMs: 2_000,
};
