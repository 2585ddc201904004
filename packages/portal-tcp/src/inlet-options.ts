import type { AccessRule, Address, CulvertError, Route } from "@x/core";
import type { StreamBudget, StreamSettings } from "@x/stream";
import {
  defaultMaxStreams,
  defaultOpenerLimits,
  defaultStreamSettings,
  type OpenerLimits,
} from "@x/stream/inner";
import type { SocketOptions } from "./sockets/socket-reading.js";
import type { PortalTraffic, VisitorReport } from "./visitors/visitor-report.js";

/** Times, sizes and counts of an inlet. */
export interface InletLimits extends StreamSettings, OpenerLimits {
  /** Most streams at a time. Default 10,000. */
  readonly maxStreams: number;
  /** Resets a stream that carried nothing for so long, in milliseconds. Default: never. */
  readonly idleTimeoutMs: number;
}

/** What counts where nothing else is given. */
export const defaultInletLimits: InletLimits = {
  ...defaultStreamSettings,
  ...defaultOpenerLimits,
  maxStreams: defaultMaxStreams,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
};

/** How to start an inlet. */
export interface InletOptions extends Partial<InletLimits>, SocketOptions {
  /** Where it listens, ``host:port``; port 0 lets the system choose. */
  readonly listen: string;
  /** Ways to the outlet, each ending in the outlet's address. The first is preferred, the others are spare. */
  readonly routes: readonly Route[];
  /** Visitors that are let in: addresses and networks, such as `203.0.113.7` and `10.0.0.0/8`. Default: all. */
  readonly allow?: readonly string[];
  /** Who may be at the outlet's end, asked at every answer. Nothing of a visitor is sent before somebody answered who may. Default: everybody. */
  readonly access?: AccessRule;
  /** Memory for streams. Default: that of the node, 256 MiB for all its streams. */
  readonly budget?: StreamBudget;
  /** Says why no further visitor may be taken, beside the limits; nothing when one may. */
  readonly refusal?: () => string | undefined;
  /** Told of each visitor: that one came, was turned away, and how it ended. Must not throw. */
  readonly onVisitor?: (report: VisitorReport) => void;
  /** Told when the state changes. */
  readonly onChange?: (inlet: Inlet) => void;
}

/** What can be changed of an inlet while it listens: all but where, how its sockets behave, and who is told of visitors. */
export type InletUpdate = Omit<InletOptions, "listen" | "onVisitor" | keyof SocketOptions>;

/** Listens for visitors and carries each connection to the outlet. */
export interface Inlet extends AsyncDisposable {
  /** Where it listens, with the port the system chose: `127.0.0.1:41327`. */
  readonly where: string;
  /** The address of its worker. */
  readonly worker: Address;
  /** Whether visitors are served: the outlet can be reached, and its target took the last visitor, or takes connections again. */
  readonly state: "up" | "down";
  /** Since when it is in that state, in milliseconds since 1970. */
  readonly since: number;
  /** Looks for the outlet since it is down, over the route that was tried most; 0 while it is there. The outlet looks for its target. */
  readonly attempts: number;
  /** When it looks for the outlet again, in milliseconds since 1970; nothing while it is up. */
  readonly nextAttemptAt: number | undefined;
  /** The route new streams take. */
  readonly activeRoute: Route;
  /** The newest reason why a stream or a route failed; absent when none did. */
  readonly lastFailure: CulvertError | undefined;
  /** Streams of visitors now. */
  readonly streams: number;
  /** What passed since it was started. */
  readonly traffic: PortalTraffic;
  /**
   * Lets visitors who come from now on have these options in place of the former ones. Streams that are open go on along the
   * routes they have. Its worker changes.
   *
   * @param onLeft told when the last stream along the former routes has ended, also by `close`
   * @throws CulvertError as `startInlet` does; all is as before then
   */
  update(options: InletUpdate, onLeft?: () => void): void;
  /**
   * Stops listening at once, gives streams time to end, then closes: what is left is reset.
   * Resolves when it is closed. A second call changes nothing.
   *
   * @param graceMs longest time for streams to end, in milliseconds
   */
  drain(graceMs: number): Promise<void>;
  /** Stops listening, resets all streams and stops. Safe to call twice; bounded in time. */
  close(): Promise<void>;
}
