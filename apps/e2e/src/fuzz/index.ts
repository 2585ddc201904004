import { parseArgs } from "node:util";
import { runAsProgram } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import { defaultFrames } from "./limits.js";
import { runFuzz } from "./run-fuzz.js";
import type { Assault } from "./sessions.js";

const defaultSeed = 1;
const largestSeed = 0xffff_ffff;

function printAssault({ entrance, sent, connections, stuck, tookMs }: Assault): void {
  const seconds = (tookMs / 1_000).toFixed(1);
  console.log(`| ${entrance} | ${sent} | ${connections} | ${stuck} | ${seconds} s |`);
}

async function fuzz(frames: number, seed: number): Promise<boolean> {
  console.log(
    `Seed ${seed}\n\n| entrance | frames sent | connections | unanswered | took |\n| --- | --- | --- | --- | --- |`,
  );
  const { figures, violations } = await runAsProgram(() => runFuzz({ frames, seed, onDone: printAssault }));
  console.log("\n| afterwards | |\n| --- | --- |");
  for (const [what, value] of figures) console.log(`| ${what} | ${value} |`);
  for (const violation of violations) console.log(`| **violation** | ${violation} |`);
  if (violations.length === 0) console.log("| violations | none |");
  return violations.length === 0;
}

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: String(defaultFrames) },
    seed: { type: "string", default: String(defaultSeed) },
  },
});
const [frames, seed] = [Number(values.frames), Number(values.seed)];
if (!Number.isInteger(frames) || frames < 1 || !Number.isInteger(seed) || seed < 0 || seed > largestSeed) {
  console.error("Usage: fuzz [--frames <number>] [--seed <number>]");
  process.exitCode = 64;
} else if (!hasProc) {
  console.error("Needs /proc to look at processes");
  process.exitCode = 69;
} else {
  process.exitCode = (await fuzz(frames, seed)) ? 0 : 1;
  process.exit();
}
