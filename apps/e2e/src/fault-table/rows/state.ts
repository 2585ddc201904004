import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Chain } from "../../engine/chain.js";
import { inject } from "../../engine/recovery.js";
import { onFinished } from "../../harness/on-finished.js";
import { succeed } from "../../harness/run-command.js";
import { barMs, type Row, row } from "../row.js";
import { servedAfter, untilRefused } from "./refusal.js";

/** Puts a disk of 4 MB under a state folder. */
async function mountSmallDisk(home: string): Promise<void> {
  await succeed("mount", ["-t", "tmpfs", "-o", "size=4m", "culvert-e2e", home]);
  onFinished(() => succeed("umount", ["-l", home]));
}

function fillDisk(path: string): void {
  const block = Buffer.alloc(4_096);
  try {
    for (;;) writeFileSync(path, block, { flag: "a" });
  } catch {
    // Now it is full.
  }
}

/** State that cannot be written or read. */
export const stateFaults: readonly Row[] = [
  row({
    id: "disk-full",
    proves: "[node-disk-full]",
    fault:
      "the disk under the state is full during a transfer; then there is room again, and the private node is killed and started",
    bars: { detectMs: barMs.error, recoverMs: barMs.served },
    needsRoot: true,
    mayLog: "Cannot save what the node has",
    open: async () => ({ chain: await Chain.open({ prepare: mountSmallDisk }) }),
    inject: async ({ chain }, round) => {
      const { ok, run, home } = chain.workspace;
      const filler = join(home, "filler");
      const line = `tcp-outlet create --at far --from full-${round} --to 127.0.0.1:9`;
      let detectMs = Infinity;
      const begin = async (): Promise<void> => {
        fillDisk(filler);
        detectMs = await untilRefused(chain, line, 70, "STATE_FAILED").finally(() => rmSync(filler));
      };
      const { lostBytes = 0 } = await inject(chain, { kind: "disk full", costs: "path", begin });
      // The outlet may exist although it could not be written down; now it can.
      await run(`tcp-outlet delete full-${round} --at far --yes`);
      await ok(line);
      await ok(`tcp-outlet delete full-${round} --at far --yes`);
      await chain.end("far", "SIGKILL");
      const recoverMs = await servedAfter(chain, await chain.start("far"));
      return { detectMs, recoverMs, lostBytes };
    },
  }),
  row({
    id: "state-corrupt",
    proves: "[node-restore]",
    fault: "private node killed, its state file cut short; then the file is mended",
    bars: { detectMs: barMs.told, recoverMs: barMs.served },
    mayLog: "Cannot start",
    inject: async ({ chain }) => {
      const { ok, home } = chain.workspace;
      const path = join(home, "state", "far", "resources.json");
      // As far as the relay's node, which is all that is left.
      const near = { workspace: chain.workspace, route: chain.route.replace("/service/forward_to_far", "") };
      await chain.end("far", "SIGKILL");
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(0, whole.length / 2));
      const refused = untilRefused(near, "node start far", 70, "STATE_CORRUPT");
      const detectMs = await refused.finally(() => writeFileSync(path, whole));
      await ok(`message send hello --from near --to ${near.route}/service/uppercase`);
      return { detectMs, recoverMs: await servedAfter(chain, await chain.start("far")) };
    },
  }),
];
