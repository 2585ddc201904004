import { ipv6Groups, isIpv4, plainAddress } from "./ip-address.js";

/** Where a peer is, as far as what it takes has to be counted together. */
export interface SourcePlace {
  /** One host: an IPv4 address, or the IPv6 network of 64 bits in which a host takes what address it likes. */
  readonly host: string;
  /** What a site is given: 24 bits of an IPv4 address, such as `10.0.0.0/24`, or 48 of an IPv6 address, such as `2001:db8:1::/48`. */
  readonly network: string;
}

/** The place of an address. What is no IP address is a place of its own. */
export function placeOf(address: string): SourcePlace {
  const plain = plainAddress(address);
  if (isIpv4(plain)) return { host: plain, network: `${plain.slice(0, plain.lastIndexOf("."))}.0/24` };
  const groups = ipv6Groups(plain)?.map((group) => Number.parseInt(group, 16).toString(16));
  if (groups === undefined) return { host: plain, network: plain };
  return {
    host: `${groups.slice(0, 4).join(":")}::/64`,
    network: `${groups.slice(0, 3).join(":")}::/48`,
  };
}
