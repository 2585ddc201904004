import { isIPv4, isIPv6 } from "node:net";
import { type HostPort, parseHostPort } from "@x/core";
import type { VisitorOptions } from "../visitors/visitor-options.js";

/** Versions of the PROXY protocol, by which servers learn who connects to a proxy. */
export type ProxyProtocol = "v1" | "v2";

/** Begins each header of version 2 (The PROXY protocol, section 2.2). */
const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const proxyCommand = 0x21;
const families = { none: 0x00, tcp4: 0x11, tcp6: 0x21 } as const;

/** The header that tells a target about a visitor; one that tells nothing when the visitor is not known. */
export function proxyHeader(version: ProxyProtocol, { visitor, entrance }: VisitorOptions): Uint8Array {
  const ends = visitor === undefined || entrance === undefined ? undefined : readEnds(visitor, entrance);
  return version === "v1" ? headerV1(ends) : headerV2(ends);
}

interface Ends {
  readonly from: HostPort;
  readonly to: HostPort;
  readonly family: "tcp4" | "tcp6";
}

function readEnds(visitor: string, entrance: string): Ends | undefined {
  const [from, to] = [readEnd(visitor), readEnd(entrance)];
  if (from === undefined || to === undefined) return undefined;
  if (isIPv4(from.host) && isIPv4(to.host)) return { from, to, family: "tcp4" };
  return isIPv6(from.host) && isIPv6(to.host) ? { from, to, family: "tcp6" } : undefined;
}

/** Without an IPv6 zone, which means nothing elsewhere, and with IPv4 addresses as such. */
function readEnd(text: string): HostPort | undefined {
  try {
    const { host, port } = parseHostPort(text);
    return { host: host.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, ""), port };
  } catch {
    return undefined;
  }
}

function headerV1(ends: Ends | undefined): Uint8Array {
  if (ends === undefined) return Buffer.from("PROXY UNKNOWN\r\n");
  const { from, to, family } = ends;
  return Buffer.from(`PROXY ${family.toUpperCase()} ${from.host} ${to.host} ${from.port} ${to.port}\r\n`);
}

function headerV2(ends: Ends | undefined): Uint8Array {
  const addresses = ends === undefined ? [] : [ends.from, ends.to].flatMap(({ host }) => addressBytes(host));
  const ports =
    ends === undefined ? [] : [ends.from, ends.to].flatMap(({ port }) => [port >> 8, port & 0xff]);
  const length = addresses.length + ports.length;
  const fixed = [proxyCommand, families[ends?.family ?? "none"], length >> 8, length & 0xff];
  return Buffer.concat([signature, Uint8Array.from([...fixed, ...addresses, ...ports])]);
}

function addressBytes(host: string): number[] {
  if (isIPv4(host)) return host.split(".").map(Number);
  // The URL parser writes any IPv6 address in its shortest form, without dotted parts.
  const short = new URL(`http://[${host}]`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<number>(zeros).fill(0), ...after].flatMap((group) => [
    group >> 8,
    group & 0xff,
  ]);
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
