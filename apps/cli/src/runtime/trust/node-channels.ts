import type { Address, Route } from "@x/core";
import { CulvertError } from "@x/core";
import type { Node } from "@x/routing";
import { type ChannelReporter, type KeptChannel, keepChannel } from "@x/secure-channel";
import type { EventLog, Told } from "../../events/event-log.js";
import type { Refusals } from "../limits/refusals.js";
import type { NodeTrust, PeersOptions } from "./node-trust.js";

/** What channels of a node need of it. */
export interface ChannelSurroundings {
  readonly node: Node;
  readonly trust: NodeTrust;
  readonly events: EventLog;
  readonly refusals: Refusals;
}

/** Which channel to keep. */
export interface KeepOptions extends PeersOptions {
  /** The way to the listener, from a worker of this node on. */
  readonly route: Route;
  /** The same as it was given, with transport hops: what is remembered with the identity at its end. */
  readonly given: Route;
  /** The address that it had before. */
  readonly address?: Address;
}

/** A channel that a node keeps. */
export interface NodeChannel {
  readonly channel: KeptChannel;
  /** The route to its listener, with the hops of transports. */
  readonly given: Route;
}

/** The channels that a node keeps: those of the user, and those of routes. */
export class NodeChannels {
  readonly #surroundings: ChannelSurroundings;
  readonly #kept = new Map<Address, NodeChannel>();

  constructor(surroundings: ChannelSurroundings) {
    this.#surroundings = surroundings;
  }

  list(): readonly NodeChannel[] {
    return [...this.#kept.values()];
  }

  /**
   * Keeps a channel, which accepts whom the node's trust says.
   *
   * @throws CulvertError what keeping a channel throws, and what the node's identity throws
   */
  async keep({ route, given, address, ...peers }: KeepOptions): Promise<NodeChannel> {
    const { node, trust, events, refusals } = this.#surroundings;
    const named = given.map((hop) => node.connection(hop)?.remote ?? hop);
    const remembered = named.join("/");
    const onFirstUse = (identifier: string): void => trust.metFirst(named, identifier);
    const channel = keepChannel(node.own, route, {
      ...(await trust.dialling({ ...peers, route: remembered, onFirstUse })),
      ...(address !== undefined && { address }),
      onReport: channelReporter(events, refusals, true),
    });
    const kept = { channel, given: named };
    this.#kept.set(channel.address, kept);
    return kept;
  }

  /** Has all that are open agree on new keys, and show what credentials there are now. Why one cannot is told by itself. */
  renew(): void {
    for (const { channel } of this.#kept.values()) {
      if (channel.state === "up") channel.renew().catch(() => undefined);
    }
  }

  /** Closes one for good. */
  async close({ channel }: NodeChannel): Promise<void> {
    this.#kept.delete(channel.address);
    await channel.close();
    this.#surroundings.events.forget({ resource: "secure-channel", name: channel.address });
  }
}

/**
 * Writes what happens to channels: who came and went, and who was refused.
 *
 * @param isKept whether one that was closed is opened again
 */
export function channelReporter(events: EventLog, refusals: Refusals, isKept: boolean): ChannelReporter {
  const channelOf = (name: string): Told => ({ resource: "secure-channel", name });
  return (report) => {
    switch (report.type) {
      case "opened": {
        const { identifier, channel } = report.peer;
        events.state({ ...channelOf(channel), identifier }, "up");
        return;
      }
      // The keys are others, and nothing else is.
      case "renewed":
        return;
      case "closed": {
        const { channel, identifier, reason } = report;
        events.state({ ...channelOf(channel), identifier }, "down", { failure: reason });
        if (!isKept) events.forget(channelOf(channel));
        return;
      }
      case "refused": {
        const { code, reason } = report.refusal;
        const { identifier } = report;
        refusals.note(new CulvertError(code, reason), identifier === undefined ? {} : { identifier });
        return;
      }
      case "renewal-failed":
        events.state(channelOf(report.channel), "down", { failure: report.error });
    }
  };
}
