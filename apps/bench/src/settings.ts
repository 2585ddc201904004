/** How long and how often to measure. */
export interface Settings {
  readonly mode: "full" | "quick";
  /** Interleaved rounds, see `roundOrder`. */
  readonly rounds: number;
  /** How often all rows are gone through, each time with new processes; the rounds of each row are shared out over them. */
  readonly passes: number;
  /** Time before a bulk measurement counts, in milliseconds. */
  readonly rampMs: number;
  /** Time a bulk measurement counts, in milliseconds. */
  readonly bulkMs: number;
  /** How long each chain carries a load before the first round of a pass, so that compilers and windows settle, in milliseconds. */
  readonly warmUpMs: number;
  /** Connections with requests that each chain carries twice before the first that counts. */
  readonly requestWarmUps: number;
  /** How long each of them asks, in milliseconds. */
  readonly requestWarmUpMs: number;
  /** Time of one request/response run, in milliseconds. */
  readonly requestMs: number;
  /** Time of one such run beside, or not beside, a bulk stream, in milliseconds. */
  readonly interactiveMs: number;
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
  /** How often each is measured, with new processes. */
  readonly memoryRounds: number;
  /** How long never-reading streams are left alone, in milliseconds. */
  readonly unreadMs: number;
  /** How long a never-reading stream may fill its windows, in milliseconds. */
  readonly fillMs: number;
  /** Ramp and time of its neighbours, in milliseconds: a hundred streams that begin at once take long to find their share. */
  readonly neighboursRampMs: number;
  readonly neighboursMs: number;
}

/** For figures worth publishing: about 22 minutes. */
export const fullSettings: Settings = {
  mode: "full",
  rounds: 9,
  passes: 3,
  rampMs: 150,
  bulkMs: 350,
  warmUpMs: 2_000,
  requestWarmUps: 12,
  requestWarmUpMs: 200,
  requestMs: 300,
  interactiveMs: 400,
  exchangeMs: 400,
  messagesMs: 700,
  delayedRampMs: 2_000,
  delayedMs: 2_000,
  delayedRounds: 3,
  starts: 21,
  unreadStreams: 100,
  idleRelays: 10_000,
  idlePortals: 1_000,
  memoryRounds: 9,
  unreadMs: 5_000,
  fillMs: 1_000,
  neighboursRampMs: 2_000,
  neighboursMs: 1_500,
};

/** For a first look: within 2 minutes, with wider spread. */
export const quickSettings: Settings = {
  mode: "quick",
  rounds: 2,
  passes: 1,
  rampMs: 100,
  bulkMs: 200,
  warmUpMs: 50,
  requestWarmUps: 1,
  requestWarmUpMs: 50,
  requestMs: 200,
  interactiveMs: 200,
  exchangeMs: 200,
  messagesMs: 400,
  delayedRampMs: 1_000,
  delayedMs: 1_500,
  delayedRounds: 1,
  starts: 5,
  unreadStreams: 100,
  idleRelays: 2_000,
  idlePortals: 300,
  memoryRounds: 1,
  unreadMs: 2_000,
  fillMs: 300,
  neighboursRampMs: 500,
  neighboursMs: 300,
};
