import { networkInterfaces } from "node:os";
import { formatHostPort, parseHostPort } from "../syntax/host-port.js";

/**
 * Where other machines may reach a listener: of one on every interface, at each address that this machine has. What is on loopback
 * is told as it is.
 *
 * @param where `0.0.0.0:7000`
 */
export function outsidePlaces(where: string): readonly string[] {
  const { host, port } = parseHostPort(where);
  if (host !== "0.0.0.0" && host !== "::") return [where];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const hosts = all
    // An address of one link means nothing on another one.
    .filter((each) => !each.internal && (each.family === "IPv4" || (host === "::" && each.scopeid === 0)))
    .map(({ address }) => address);
  const loopback = host === "::" ? "::1" : "127.0.0.1";
  return (hosts.length === 0 ? [loopback] : hosts).map((each) => formatHostPort({ host: each, port }));
}
