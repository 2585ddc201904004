import { culvertChain } from "./chains/culvert.js";
import { nodePipesChain } from "./chains/node-pipes.js";
import { openBench } from "./open-bench.js";
import { observe } from "./profile/observe.js";
import { renderObservation } from "./profile/render-observation.js";
import { Progress } from "./report/progress.js";
import { quickSettings } from "./settings.js";

/** Prints what each process of our chain does per megabyte and per request, beside three Node pipes. */
async function main(): Promise<void> {
  const bench = await openBench(quickSettings, new Progress(), [culvertChain, nodePipesChain]);
  try {
    for (const load of ["bulk", "request"] as const) {
      for (const chain of bench.chains) {
        bench.progress.say(`${load}, ${chain.name}`);
        process.stdout.write(`${renderObservation(await observe(bench, chain, load))}\n`);
      }
    }
  } finally {
    await bench.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
