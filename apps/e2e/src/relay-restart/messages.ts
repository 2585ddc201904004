/** What a process of clients is told when it starts. */
export interface ClientsTask {
  /** The relay's node: `tcp#127.0.0.1:7000`. */
  readonly relay: string;
  /** The number of its first client. */
  readonly first: number;
  readonly count: number;
}

/** What it tells: how many of its clients are up, and since when the last change holds, in milliseconds since 1970. */
export interface ClientsReport {
  readonly up: number;
  readonly at: number;
  /** For connections that came back since the last report: when the attempt that brought them back was due. */
  readonly dueAt: readonly number[];
}
