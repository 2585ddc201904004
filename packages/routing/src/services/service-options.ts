import type { AccessRule, Address, Exposure } from "@x/core";

/** How to start one of the services that come with the node. */
export interface ServiceOptions {
  /** Its name. Default: the word for what it does. */
  readonly address?: Address;
  /** Who may send to it. Default `network`: being reached from other nodes is what it is for. */
  readonly exposure?: Exposure;
  /** Asked at every message. Default: all of that exposure may. */
  readonly access?: AccessRule;
}
