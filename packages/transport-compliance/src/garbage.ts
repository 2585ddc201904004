import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Frees what nobody can reach, where the platform lets tests do that. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("typeof gc === 'function' ? gc : undefined") as (() => void) | undefined;
  // What the last turn held is let go on the next.
  await new Promise<void>((resolve) => setImmediate(resolve));
  collect?.();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
