import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  type BigIntStats,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { connect, type Server } from "node:net";
import { dirname, join } from "node:path";
import { CulvertError } from "@x/core";
import { listenError, systemCode } from "@x/transport-kit/node";
import { maxTakeOvers } from "./limits.js";

/**
 * Listens on a path. A socket file there on which nobody listens, because its process was killed, is replaced; anything else
 * stays as it is.
 *
 * @param mode permissions of the file, by which the system lets others connect
 * @returns removes the file, unless it is another's by now
 * @throws CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
 */
export async function listenOnPath(server: Server, path: string, mode: number): Promise<() => void> {
  // The system would say that it is not permitted.
  if (!existsSync(dirname(path)))
    throw new CulvertError("LISTEN_FAILED", `Cannot listen on ${path}: its folder does not exist`);
  // Under a name that nobody knows, until it has its permissions and is answered: what is not looks like one left behind.
  const draft = beside(path);
  try {
    await once(server.listen({ path: draft }), "listening");
    chmodSync(draft, mode);
    await publish(draft, path);
  } catch (error) {
    server.close();
    throw listenError(error, path);
  }
  const own = statOf(draft);
  unlinkSync(draft);
  return () => {
    if (existsSync(path) && isSame(statOf(path), own)) unlinkSync(path);
  };
}

async function publish(draft: string, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return linkSync(draft, path);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      if (tries <= maxTakeOvers && (await removeStale(path))) continue;
      const message = `Cannot listen on ${path}: somebody does, or it is no socket`;
      throw new CulvertError("LISTEN_ADDRESS_TAKEN", message, { cause: error });
    }
  }
}

/** Returns false when somebody listens on a path, or when it is no socket; else the path is worth another try. */
async function removeStale(path: string): Promise<boolean> {
  try {
    const stale = statOf(path);
    if (!stale.isSocket() || (await isAnswered(path))) return false;
    if (!isSame(statOf(path), stale)) return true;
    // Another process may be quicker even now, so the file goes aside first, and comes back when it is not the one that was asked.
    const aside = beside(path);
    renameSync(path, aside);
    try {
      if (!isSame(statOf(aside), stale)) linkSync(aside, path);
    } finally {
      unlinkSync(aside);
    }
    return true;
  } catch (error) {
    return systemCode(error) === "ENOENT";
  }
}

/** A short name in the same folder, so that it fits where the path does. */
function beside(path: string): string {
  return join(dirname(path), `.${randomBytes(3).toString("hex")}`);
}

function statOf(path: string): BigIntStats {
  return lstatSync(path, { bigint: true });
}

/** The system uses an inode again, but not at the same time. */
function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.ino === other.ino && one.mtimeNs === other.mtimeNs;
}

/** A process that is too busy to answer, or that this one may not ask, is there all the same. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    return systemCode(error) !== "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}
