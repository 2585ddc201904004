const ipv4Shape = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const groupShape = /^[0-9a-f]{1,4}$/i;
const zoneShape = /^[^%]+(?:%[0-9a-z.:-]+)?$/i;
const maxGroups = 8;

/** Says whether text is an IPv4 address: four decimal numbers from 0 to 255, without leading zeros. */
export function isIpv4(text: string): boolean {
  return ipv4Shape.test(text);
}

/** Says whether text is an IPv6 address without brackets (RFC 4291, section 2.2), with or without a zone such as `%eth0`. */
export function isIpv6(text: string): boolean {
  return zoneShape.test(text) && ipv6Groups(text) !== undefined;
}

/** The eight groups of an IPv6 address, those that `::` stands for too; nothing for anything else. A zone is left out. */
export function ipv6Groups(text: string): readonly string[] | undefined {
  const [front = "", back, more] = (text.split("%")[0] ?? "").split("::");
  if (more !== undefined) return undefined;
  const before = groupsOf(front, back === undefined);
  const after = groupsOf(back ?? "", true);
  if (before === undefined || after === undefined) return undefined;
  const missing = maxGroups - before.length - after.length;
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...new Array<string>(missing).fill("0"), ...after];
}

/** An IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.1`), in its own form; any other address as it is. */
export function plainAddress(address: string): string {
  const inner = address.startsWith("::ffff:") ? address.slice(7) : "";
  return isIpv4(inner) ? inner : address;
}

function groupsOf(text: string, isLast: boolean): string[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const last = groups[groups.length - 1] as string;
  if (isLast && isIpv4(last)) {
    const [a = 0, b = 0, c = 0, d = 0] = last.split(".").map(Number);
    groups.splice(-1, 1, (a * 256 + b).toString(16), (c * 256 + d).toString(16));
  }
  return groups.every((group) => groupShape.test(group)) ? groups : undefined;
}
