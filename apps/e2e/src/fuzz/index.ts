import { parseArgs } from "node:util";
import { runProgram } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import { runFuzz } from "./run-fuzz.js";
import type { Assault } from "./sessions.js";

function print({ entrance, sent, connections, stuck, tookMs }: Assault): void {
  const took = `${(tookMs / 1_000).toFixed(1)} s`;
  console.log(`| ${[entrance, sent, connections, stuck, took].join(" | ")} |`);
}

await runProgram(async () => {
  const frames = { type: "string", default: "1000000" } as const;
  const { values } = parseArgs({ options: { frames, seed: { type: "string", default: "1" } } });
  const [count, seed] = [Number(values.frames), Number(values.seed)];
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new TypeError("Usage: fuzz [--frames <number>] [--seed <number>]");
  if (!hasProc) throw new Error("Needs /proc to look at processes");
  console.log(`Seed ${seed}\n\n| entrance | frames sent | connections | unanswered | took |`);
  console.log("| --- | ---: | ---: | ---: | ---: |");
  const { violations } = await runFuzz({ frames: count, seed, onDone: print });
  console.log(`\n${violations.length} violations`);
  for (const violation of violations) console.log(`- ${violation}`);
  return violations.length === 0 ? 0 : 1;
});
