import type { ErrorCode } from "@x/core";

/** What an operation tells of a worker. */
export interface WorkerView {
  readonly addr: string;
  readonly type: string;
  /** Who may send to it: `local` or `network`. */
  readonly exposure: string;
  /** Messages that wait for it. */
  readonly queued: number;
}

/** What an operation tells of one hop of a route. */
export interface TraceHop {
  /** The hop as the node knows it: `tcp#127.0.0.1:7000`, `forward_to_n3`. */
  readonly hop: string;
  /**
   * `ok`: it passes messages on. `present`: it is there and open, and was not given a message. `failed`: it did not answer, or refused.
   * `unknown`: it was not asked, because a hop before it failed.
   */
  readonly status: "ok" | "present" | "failed" | "unknown";
  /** From this node to the hop and back, in milliseconds. */
  readonly rtt_ms: number | null;
  readonly error: string | null;
}

/** What an operation tells of a route. */
export interface TraceView {
  readonly hops: readonly TraceHop[];
  /** Why the route does not work; null when it does. */
  readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hop: string } | null;
}

/** The parts of `node show`, in their order. */
export const sectionKeys = [
  "transports",
  "secure_channel_listeners",
  "secure_channels",
  "relays",
  "relay_blocks",
  "inlets",
  "outlets",
  "policies",
  "services",
] as const;

/** One of {@link sectionKeys}. */
export type SectionKey = (typeof sectionKeys)[number];

/** What an operation tells of a node: what it has, by part. */
export interface NodeView extends Readonly<Record<SectionKey, readonly unknown[]>> {
  readonly name: string;
  readonly route: { readonly short: string; readonly verbose: string | null };
  /** Who it is; null where nobody can open channels to it. */
  readonly identifier: string | null;
}
