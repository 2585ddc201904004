import {
  defaultKeepAliveMs,
  defaultOpenTimeoutMs,
  defaultResumeTimeoutMs,
  maxWindowBytes,
} from "./limits.js";

/** Times and sizes of a stream. */
export interface StreamSettings {
  /** How long a stream waits for a path or an answer before it is given up, in milliseconds. Default 60,000. */
  readonly resumeTimeoutMs: number;
  /** How long the outlet may take to answer an open, in milliseconds. Default 10,000. */
  readonly openTimeoutMs: number;
  /** Silence after which an end asks whether the other one is there, in milliseconds. Default 30,000. */
  readonly keepAliveMs: number;
  /** Largest receive window, in bytes. Default 16 MiB. */
  readonly maxWindowBytes: number;
}

/** Settings with their defaults filled in. */
export function streamSettings(given: Partial<StreamSettings> = {}): StreamSettings {
  return {
    resumeTimeoutMs: given.resumeTimeoutMs ?? defaultResumeTimeoutMs,
    openTimeoutMs: given.openTimeoutMs ?? defaultOpenTimeoutMs,
    keepAliveMs: given.keepAliveMs ?? defaultKeepAliveMs,
    maxWindowBytes: given.maxWindowBytes ?? maxWindowBytes,
  };
}
