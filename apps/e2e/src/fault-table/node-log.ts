import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../harness/eventually.js";
import { patienceMs } from "./limits.js";

/** One line of a node's log. */
export interface LogEntry {
  /** pino's number: 30 is info, 40 a warning, 50 an error. */
  readonly level: number;
  /** As ISO text. */
  readonly time: string;
  readonly msg: string;
  readonly code?: string;
}

/** A line that was cut short, as a full disk cuts it, is none. */
function entryOf(line: string): readonly LogEntry[] {
  try {
    return [JSON.parse(line) as LogEntry];
  } catch {
    return [];
  }
}

/** The log of a background node, as it grows. Its nodes log JSON. */
export interface NodeLog {
  /** The place up to which it is read; entries after it are new. */
  end(): number;
  /** Entries after a place. */
  entriesAfter(place: number): readonly LogEntry[];
  /**
   * Waits for an entry after a place. Gives when it was written, in milliseconds since 1970.
   *
   * @throws Error when none comes
   */
  timeOf(place: number, isIt: (entry: LogEntry) => boolean): Promise<number>;
}

/** The log of one node of a state folder. */
export function nodeLog(home: string, node: string): NodeLog {
  const path = join(home, "nodes", node, "stdout.log");
  const entriesAfter = (place: number): LogEntry[] =>
    readFileSync(path).subarray(place).toString("utf8").split("\n").slice(0, -1).flatMap(entryOf);
  return {
    end: () => statSync(path).size,
    entriesAfter,
    timeOf: async (place, isIt) => {
      const entry = await eventually(
        `node ${node} logs it`,
        () => entriesAfter(place).find(isIt),
        patienceMs,
      );
      return Date.parse(entry.time);
    },
  };
}

/** Says whether an entry tells that a connection broke. */
export function isConnectionLost({ msg }: LogEntry): boolean {
  return msg === "Connection lost";
}
