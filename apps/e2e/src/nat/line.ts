import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { onFinished } from "../harness/on-finished.js";
import type { Namespace } from "./namespace.js";

const wirePath = fileURLToPath(new URL("./wire.py", import.meta.url));

/** What a bad line does to each packet, in each direction. With jitter packets overtake each other. */
export interface LineFaults {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly lossPercent: number;
}

/** The line between a home's router and the public network. It is a namespace of its own, so that neither end notices a cut. */
export interface Line {
  /** From now on nothing gets through, and nobody is told. */
  cut(): Promise<unknown>;
  /** The end of a cut. */
  restore(): Promise<unknown>;
  /** Packets are delayed, reordered and lost until `mend`. */
  spoil(faults: LineFaults): Promise<void>;
  /** Back to a good line. */
  mend(): Promise<void>;
}

/** Makes a line of a namespace that has the interfaces `near` and `far`. */
export async function openLine({ run, enter }: Namespace): Promise<Line> {
  const both = (line: (end: string) => string): Promise<string> => run(line("near"), line("far"));
  await run("ip link add joint type bridge");
  await both((end) => `ip link set ${end} master joint`);
  await both((end) => `ip link set ${end} up`);
  await run("ip link set joint up");
  const restore = (): Promise<unknown> => run("ip link set far up");
  let endWire = (): unknown => undefined;
  return {
    cut: () => run("ip link set far down"),
    restore,
    mend: async () => {
      endWire();
      await both((end) => `ip link set ${end} master joint`);
      await restore();
    },
    spoil: async ({ delayMs, jitterMs, lossPercent }) => {
      await both((end) => `ip link set ${end} nomaster`);
      const [file = "", ...args] = [...enter, "python3", wirePath, "near", "far"];
      const numbers = [delayMs, jitterMs, lossPercent].map(String);
      const wire = execa(file, [...args, ...numbers], { stderr: "inherit", buffer: false, reject: false });
      endWire = () => wire.kill("SIGKILL");
      onFinished(endWire);
      await once(wire.stdout, "data");
    },
  };
}
