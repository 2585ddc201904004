import { BlockList, isIPv4, isIPv6 } from "node:net";
import { CulvertError } from "@x/core";

/** Says whether an address is on a list. */
export type VisitorList = (address: string | undefined) => boolean;

/**
 * Reads a list of visitors: addresses and networks, such as `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`.
 *
 * @throws CulvertError ADDRESS_INVALID
 */
export function visitorList(entries: readonly string[]): VisitorList {
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return (address = "") => {
    const plain = address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
    if (isIPv4(plain)) return list.check(plain, "ipv4");
    return isIPv6(plain) && list.check(plain, "ipv6");
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [address = "", bits, ...rest] = entry.split("/");
  const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : undefined;
  const isPrefix =
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === "ipv4" ? 32 : 128));
  if (family === undefined || rest.length > 0 || !isPrefix) {
    throw new CulvertError("ADDRESS_INVALID", `Cannot allow visitor "${entry}": it is no address or network`);
  }
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
