import { cpuSeconds, machineTicks } from "./usage.js";

/** Clock ticks per second: see `usage.ts`. */
const ticksPerSecond = 100;

/** Begins to watch; the returned function gives the share of the machine's CPU time that programs outside the bench took since. */
export function watchOthers(): () => number {
  const before = { ...machineTicks(), own: cpuSeconds([process.pid]) };
  return () => {
    const after = { ...machineTicks(), own: cpuSeconds([process.pid]) };
    const total = after.total - before.total;
    const others = after.busy - before.busy - (after.own - before.own) * ticksPerSecond;
    return total === 0 ? 0 : Math.min(1, Math.max(0, others / total));
  };
}
