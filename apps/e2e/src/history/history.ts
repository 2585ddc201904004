import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runAsProgram } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import { helpText, parseArguments } from "./arguments.js";
import { formatReport } from "./report.js";
import { runHistory } from "./run-history.js";

async function main(argv: readonly string[]): Promise<number> {
  const { help, out, ...asked } = parseArguments(argv);
  if (help) {
    process.stdout.write(helpText);
    return 0;
  }
  if (!hasProc) throw new Error("Cannot count sockets and memory of nodes: this needs /proc");
  const interrupted = new AbortController();
  // Also the second signal must not end the program before its nodes.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());
  const onProgress = (text: string): void => void process.stderr.write(`${text}\n`);
  const report = await runAsProgram(() => runHistory({ ...asked, signal: interrupted.signal, onProgress }));
  const markdown = formatReport(report);
  process.stdout.write(markdown);
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "history.md"), markdown);
    writeFileSync(join(out, "history.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return report.violationCount === 0 ? 0 : 1;
}

const code = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof TypeError ? error.message : (error as Error).stack}\n`);
  return 2;
});
// Whatever is still open is a violation by now and must not keep the program from ending.
process.stdout.write("", () => process.exit(code));
