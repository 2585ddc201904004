/** What a TCP transport holds for peers, over all its listeners. */
export interface TcpCounters {
  /** Accepted connections that have not said hello, now. */
  readonly handshakes: number;
}

/** {@link TcpCounters} as the transport counts. */
export type TcpCounting = { -readonly [Name in keyof TcpCounters]: number };
