import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onFinished } from "../../harness/on-finished.js";
import { openChain } from "../chain.js";
import { errorBarMs, serviceBarMs } from "../limits.js";
import { outliveFault, servedAfter } from "../measure.js";
import { defineRow, type Row } from "../row.js";
import { untilRefused } from "../usual-time.js";

/** Puts a disk of 4 MB under a state folder. */
async function mountSmallDisk(home: string): Promise<void> {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "culvert-e2e", home]);
  onFinished(() => void execFileSync("umount", ["-l", home]));
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
  defineRow({
    id: "disk-full",
    fault:
      "the disk under the state is full during a transfer; then there is room again, and the private node is killed and started",
    detected: "a command that must save says STATE_FAILED, beyond the time of a command that succeeds",
    recovered:
      "from the node listening again: the portal serves; the transfer was not disturbed by the full disk",
    bars: { detectMs: errorBarMs, recoverMs: serviceBarMs },
    missing: () => (process.getuid?.() === 0 ? undefined : "it takes root to mount a small disk"),
    open: () => openChain({ prepare: mountSmallDisk }),
    settle: (chain) => chain.checkHealth("Cannot save what the node has"),
    inject: async (chain, round) => {
      const { ok, home } = chain.workspace;
      const filler = join(home, "filler");
      const line = `tcp-outlet create --at far --from full-${round} --to 127.0.0.1:9`;
      const { detectMs, lostBytes } = await outliveFault(chain, async () => {
        fillDisk(filler);
        const toldMs = await untilRefused(chain, line, { exit: 70, says: ["STATE_FAILED"] }).finally(() =>
          rmSync(filler),
        );
        return { detectMs: toldMs, mendedAt: performance.now() };
      });
      // The outlet may exist although it could not be written down; now it can.
      await chain.workspace.run(`tcp-outlet delete full-${round} --at far --yes`.split(" "));
      await ok(line);
      await ok(`tcp-outlet delete full-${round} --at far --yes`);
      await chain.kill("far");
      const { listensAt, finished } = await chain.start("far");
      const recoverMs = await servedAfter(chain, listensAt);
      await finished;
      return { ...(detectMs !== undefined && { detectMs }), recoverMs, lostBytes };
    },
  }),
  defineRow({
    id: "state-corrupt",
    fault: "private node killed, its state file cut short; then the file is mended",
    detected:
      "`node start` says STATE_CORRUPT, beyond the time of a command that succeeds; the other nodes go on",
    recovered: "from the mended node listening: a new request is served",
    bars: { detectMs: 1_000, recoverMs: serviceBarMs },
    open: () => openChain(),
    settle: (chain) => chain.checkHealth("Cannot start"),
    inject: async (chain) => {
      const { ok, home } = chain.workspace;
      const path = join(home, "state", "far", "resources.json");
      // `usualMs` goes as far as the relay's node here, which is all that is left.
      const near = { ...chain, route: chain.route.replace("/service/forward_to_far", "") };
      await chain.kill("far");
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(0, whole.length / 2));
      const expected = { exit: 70, says: ["STATE_CORRUPT"] };
      const detectMs = await untilRefused(near, "node start far", expected).finally(() =>
        writeFileSync(path, whole),
      );
      await ok(`message send hello --from near --to ${near.route}/service/uppercase`);
      const { listensAt, finished } = await chain.start("far");
      const recoverMs = await servedAfter(chain, listensAt);
      await finished;
      return { detectMs, recoverMs, lostBytes: 0 };
    },
  }),
];
