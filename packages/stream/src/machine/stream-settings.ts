import {
  defaultKeepAliveMs,
  defaultOpenTimeoutMs,
  defaultResumeTimeoutMs,
  maxWindowBytes,
} from "../limits.js";

/** Times and sizes of a stream. */
export interface StreamSettings {
  /** How long a stream waits for a path or an answer before it is given up, in milliseconds. Default 60,000. */
  readonly resumeTimeoutMs: number;
  /** How long the other end may take to answer an open, in milliseconds. Default 10,000. */
  readonly openTimeoutMs: number;
  /** Silence after which an end asks whether the other one is there, in milliseconds. Default 30,000. */
  readonly keepAliveMs: number;
  /** Largest receive window, in bytes. Default 16 MiB; less than 16 KiB counts as that. */
  readonly maxWindowBytes: number;
}

/** What counts where nothing else is given. */
export const defaultStreamSettings: StreamSettings = {
  resumeTimeoutMs: defaultResumeTimeoutMs,
  openTimeoutMs: defaultOpenTimeoutMs,
  keepAliveMs: defaultKeepAliveMs,
  maxWindowBytes,
};
