import type { Address, CulvertError } from "@x/core";
import type { ChannelPeer } from "./peer.js";
import type { ChannelRefusal } from "./wire/control.js";

/** What a channel or its listener tells for a log. */
export type ChannelReport =
  | { readonly type: "opened" | "renewed"; readonly peer: ChannelPeer }
  | {
      readonly type: "closed";
      readonly channel: Address;
      readonly identifier: string;
      readonly reason: string;
    }
  | { readonly type: "refused"; readonly identifier: string | undefined; readonly refusal: ChannelRefusal }
  | { readonly type: "renewal-failed"; readonly channel: Address; readonly error: CulvertError };

/** Takes reports. What it throws is ignored. */
export type ChannelReporter = (report: ChannelReport) => void;

/** A reporter that never throws. */
export function safeReporter(report: ChannelReporter | undefined): ChannelReporter {
  return (what) => {
    try {
      report?.(what);
    } catch {
      // A log that fails stops no channel.
    }
  };
}
