import { type CulvertError, optionInvalid } from "@x/core";
import {
  listenerDefaults,
  resolveLimits,
  type StreamListenerOptions,
  type StreamListenerSettings,
  sourceDefaults,
  streamDefaults,
  streamRanges,
} from "@x/transport-kit";
import type { Reading } from "@x/transport-kit/node";
import { defaultDialTimeoutMs } from "./limits.js";

/** How a TCP transport behaves. All have defaults that fit. */
export interface TcpOptions extends StreamListenerOptions {
  /** Longest wait for a connection, name look-up included, in milliseconds. Default 10,000. */
  readonly dialTimeoutMs?: number;
  /**
   * `slab` reads into buffers of this package, `events` uses plain `data` events. Default `slab`, which falls back to
   * `events` where the platform does not let accepted sockets do it.
   */
  readonly reading?: Reading;
}

/** {@link TcpOptions} with every default filled in. */
export interface TcpSettings extends StreamListenerSettings {
  readonly dialTimeoutMs: number;
  readonly reading: Reading;
}

const defaults = { ...streamDefaults, ...listenerDefaults, dialTimeoutMs: defaultDialTimeoutMs as number };

/**
 * Fills in defaults and checks what was given.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function resolveSettings(options: TcpOptions): TcpSettings {
  const { reading = "slab", onReport = ignore, ...given } = options;
  if (reading !== "slab" && reading !== "events")
    throw optionInvalid("reading", reading, 'it has to be "slab" or "events"');
  if (typeof onReport !== "function") throw optionInvalid("onReport", onReport, "it has to be a function");
  const { maxConnections = defaults.maxConnections } = given;
  const ownDefaults = { ...defaults, ...sourceDefaults(maxConnections) };
  const limits = resolveLimits<typeof defaults>("tcp()", ownDefaults, given, streamRanges);
  return { ...limits, reading, onReport };
}

function ignore(_: CulvertError): void {}
