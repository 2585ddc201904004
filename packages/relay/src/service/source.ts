/** Where a connection comes from: two places, whose relays are counted together. */
export interface Source {
  /** An IPv4 address, or the IPv6 network of 64 bits in which a host takes what address it likes. */
  readonly host: string;
  /** 24 bits of an IPv4 address, or 56 of an IPv6 address: what a site is given. */
  readonly network: string;
}

const transport = /^[^#]*#/;
const port = /^(?:\[([^\]]*)\]|([^:]*)):\d+$/;
const ipv4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * The places of a connection's other end.
 *
 * @param remote a transport hop such as `tcp#10.0.0.1:7000`, or what is behind its `#`, with or without a port. What is no IP
 * address is a place of its own.
 */
export function sourceAt(remote: string): Source {
  const where = remote.replace(transport, "");
  const [, bracketed, plain] = port.exec(where) ?? [];
  const address = bracketed ?? plain ?? where;
  const [, dotted] = ipv4.exec(address) ?? [];
  if (dotted !== undefined)
    return { host: dotted, network: `${dotted.slice(0, dotted.lastIndexOf("."))}.0/24` };
  const groups = ipv6Groups(address);
  if (groups === undefined) return { host: address, network: address };
  const hex = (end: number): string =>
    groups
      .slice(0, end)
      .map((group) => group.toString(16))
      .join(":");
  const last = ((groups[3] ?? 0) & 0xff00).toString(16);
  return { host: `${hex(4)}::/64`, network: `${hex(3)}:${last}::/56` };
}

/** The eight groups of an IPv6 address, those that `::` stands for too; nothing when it is none. */
function ipv6Groups(address: string): readonly number[] | undefined {
  const [front = "", back, more] = (address.split("%")[0] ?? "").split("::");
  if (more !== undefined || !address.includes(":")) return undefined;
  const [head, tail] = [groupsOf(front), groupsOf(back ?? "")];
  const missing = 8 - head.length - tail.length;
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}

function groupsOf(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : -1));
}
