/** How long and how often to measure, in a full run and in a quick one. Times in milliseconds. */
const settings = {
  /** Interleaved rounds, see `roundOrder`. */
  rounds: [9, 2],
  /** How often all rows are gone through, each time with new processes; the rounds of each row are shared out over them. */
  passes: [3, 1],
  /** Time before a bulk measurement counts, and time it counts. */
  rampMs: [150, 100],
  bulkMs: [350, 200],
  /** How long each chain carries a load before the first round of a pass, so that compilers and windows settle. */
  warmUpMs: [2_000, 50],
  /** Connections with requests that each chain carries twice before the first that counts, and how long each of them asks. */
  requestWarmUps: [12, 1],
  requestWarmUpMs: [200, 50],
  /** Time of one run of each kind. */
  requestMs: [300, 200],
  interactiveMs: [400, 200],
  exchangeMs: [400, 200],
  messagesMs: [700, 400],
  /** Ramp, time and rounds over the delayed path. */
  delayedRampMs: [2_000, 1_000],
  delayedMs: [2_000, 1_500],
  delayedRounds: [3, 1],
  /** Starts of each command. */
  starts: [21, 5],
  /** Sizes of the memory rows, how often each is measured, and how long never-reading streams are left alone. */
  unreadStreams: [100, 100],
  idleRelays: [10_000, 2_000],
  idlePortals: [1_000, 300],
  memoryRounds: [6, 1],
  unreadMs: [5_000, 2_000],
} as const;

/** What a run keeps to. */
export type Settings = Readonly<Record<keyof typeof settings, number>>;

/** Settings for figures worth publishing, about 20 minutes; or for a first look, within 2 minutes and with wider spread. */
export function settingsOf(mode: "full" | "quick"): Settings {
  const chosen = Object.entries(settings).map(([name, values]) => [name, values[mode === "full" ? 0 : 1]]);
  return Object.fromEntries(chosen) as Settings;
}
