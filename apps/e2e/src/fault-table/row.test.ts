import { describe, expect, it } from "vitest";
import { onFinished } from "../harness/on-finished.js";
import { defineRow, type Injection, type RowPlan } from "./row.js";

const good: Injection = { recoverMs: 1, lostBytes: 0 };

/** Runs a made-up row and gives what it told, and how often it opened and closed what it injects into. */
async function run(plan: Partial<RowPlan<number>>, injections: number) {
  const told: Injection[] = [];
  let opened = 0;
  let closed = 0;
  const row = defineRow<number>({
    id: "made-up",
    fault: "none",
    detected: "never",
    recovered: "at once",
    bars: {},
    open: async () => {
      onFinished(() => void closed++);
      return ++opened;
    },
    inject: async () => good,
    ...plan,
  });
  await row.run(injections, (injection) => told.push(injection));
  return { told, opened, closed };
}

describe("defineRow()", () => {
  it("injects into one chain as often as asked, and closes it", async () => {
    expect(await run({}, 3)).toEqual({ told: [good, good, good], opened: 1, closed: 1 });
  });

  it("goes on with a new chain after an injection that failed", async () => {
    const inject = async (_chain: number, round: number): Promise<Injection> => {
      if (round === 1) throw new Error("planted");
      return good;
    };
    const failed = { lostBytes: 0, failure: "planted" };
    expect(await run({ inject }, 3)).toEqual({ told: [good, failed, good], opened: 2, closed: 2 });
  });

  it("tells what was found wrong after the injections beside them", async () => {
    const settle = async (): Promise<void> => {
      throw new Error("sockets left");
    };
    const { told } = await run({ settle }, 2);
    expect(told).toEqual([good, good, { lostBytes: 0, failure: "sockets left" }]);
  });

  it("does not try for ever when nothing can be opened", async () => {
    const open = async (): Promise<number> => {
      throw new Error("no nodes");
    };
    expect((await run({ open }, 2)).told.map(({ failure }) => failure)).toEqual(["no nodes", "no nodes"]);
  });

  it("begins all injections at once where that is asked for", async () => {
    let running = 0;
    let most = 0;
    const inject = async (): Promise<Injection> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return good;
    };
    await run({ inject, isParallel: true }, 4);
    expect(most).toBe(4);
  });
});
