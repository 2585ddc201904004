import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to connections and to listeners on port 0 (Linux from 32,768, others from 49,152):
 * whatever runs at the same time gets none of these by chance, neither before a command listens nor after it has ended.
 */
const leastPort = 10_000;
const endOfPorts = 32_768;

/** Tries before the range counts as full. Even with half of it taken, that many fail once in 10^15. */
const maxTries = 50;

/**
 * A loopback port on which nothing listens, at random: for commands whose port must be known beforehand.
 *
 * @throws Error if no such port was found
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries++) {
    const port = randomInt(leastPort, endOfPorts);
    if (await isFree(port)) return port;
  }
  throw new Error(`Cannot find a free port: ${maxTries} between ${leastPort} and ${endOfPorts} are taken`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, "127.0.0.1");
    server.once("error", () => resolve(false));
    server.once("listening", () => server.close(() => resolve(true)));
  });
}

/** The port at the end of `host:port` or `/tcp/port`. */
export function portOf(address: string): number {
  return Number(/(\d+)$/.exec(address.trim())?.[1]);
}
