import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Namespace } from "./namespace.js";

const wirePath = fileURLToPath(new URL("./wire.py", import.meta.url));

/** What a bad line does to each packet, in each direction. */
export interface LineFaults {
  readonly delayMs: number;
  /** Up to so much more or less delay, in milliseconds, so that packets overtake each other. */
  readonly jitterMs: number;
  readonly lossPercent: number;
}

/** The line between a home's router and the public network. It is a namespace of its own, so that neither end notices a cut. */
export interface Line {
  /** From now on nothing gets through, and nobody is told. */
  cut(): Promise<void>;
  /** The end of a cut. */
  restore(): Promise<void>;
  /** Packets are delayed, reordered and lost until `mend`. */
  spoil(faults: LineFaults): Promise<void>;
  /** Limits the speed both ways until `mend`, in Mbit/s, with a queue of 50 ms. */
  slow(megabitsPerSecond: number): Promise<void>;
  /** Back to a good line. */
  mend(): Promise<void>;
}

/** Both ends of a line, inside its namespace. */
const ends = ["near", "far"] as const;

/** Makes a line of a namespace that has the interfaces `near` and `far`. */
export async function openLine(namespace: Namespace): Promise<Line> {
  const { run } = namespace;
  await run("ip link add joint type bridge");
  for (const end of ends) {
    await run(`ip link set ${end} master joint`);
    await run(`ip link set ${end} up`);
  }
  await run("ip link set joint up");
  const restore = async (): Promise<void> => void (await run("ip link set far up"));
  let wire: ChildProcess | undefined;
  let isSlow = false;
  const mend = async (): Promise<void> => {
    wire?.kill("SIGKILL");
    wire = undefined;
    for (const end of ends) {
      if (isSlow) await run(`tc qdisc del dev ${end} root`);
      await run(`ip link set ${end} master joint`);
    }
    isSlow = false;
    await restore();
  };
  return {
    cut: async () => void (await run("ip link set far down")),
    restore,
    mend,
    spoil: async (faults) => {
      for (const end of ends) await run(`ip link set ${end} nomaster`);
      wire = await startWire(namespace, faults);
    },
    slow: async (megabitsPerSecond) => {
      isSlow = true;
      for (const end of ends) {
        await run(
          `tc qdisc replace dev ${end} root tbf rate ${megabitsPerSecond}mbit burst 32kbit latency 50ms`,
        );
      }
    },
  };
}

async function startWire(namespace: Namespace, faults: LineFaults): Promise<ChildProcess> {
  const numbers = [faults.delayMs, faults.jitterMs, faults.lossPercent].map(String);
  const args = ["netns", "exec", namespace.name, "python3", wirePath, ...ends, ...numbers];
  const child = spawn("ip", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("The wire has ended")));
  ended.catch(() => {});
  await Promise.race([once(child.stdout, "data"), ended]);
  return child;
}
