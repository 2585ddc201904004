/** How long and how often to measure. Times in milliseconds. */
export interface Settings {
  readonly mode: "full" | "quick";
  /** Interleaved rounds, see `roundOrder`. */
  readonly rounds: number;
  /** How often all rows are gone through, each time with new processes; the rounds of each row are shared out over them. */
  readonly passes: number;
  /** Time before a bulk measurement counts, and time it counts. */
  readonly rampMs: number;
  readonly bulkMs: number;
  /** How long each chain carries a load before the first round of a pass, so that compilers and windows settle. */
  readonly warmUpMs: number;
  /** Connections with requests that each chain carries twice before the first that counts, and how long each of them asks. */
  readonly requestWarmUps: number;
  readonly requestWarmUpMs: number;
  /** Time of one run of each kind. */
  readonly requestMs: number;
  readonly interactiveMs: number;
  readonly exchangeMs: number;
  readonly messagesMs: number;
  /** Ramp, time and rounds over the delayed path. */
  readonly delayedRampMs: number;
  readonly delayedMs: number;
  readonly delayedRounds: number;
  /** Starts of each command. */
  readonly starts: number;
  /** Sizes of the memory rows, how often each is measured, and how long never-reading streams are left alone. */
  readonly unreadStreams: number;
  readonly idleRelays: number;
  readonly idlePortals: number;
  readonly memoryRounds: number;
  readonly unreadMs: number;
}

/** For figures worth publishing: about 20 minutes. */
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
};
