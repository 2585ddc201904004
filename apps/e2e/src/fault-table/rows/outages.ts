import { fileURLToPath } from "node:url";
import { Chain, chainNodes } from "../../engine/chain.js";
import { clocksJump, type Fault, lineReset, linesCut, nodeEnds, nodeSleeps } from "../../engine/faults.js";
import { type Duration, inject } from "../../engine/recovery.js";
import { barMs, type Row, type RowText, row } from "../row.js";

const clockJump = fileURLToPath(new URL("../../../src/engine/clock-jump.cjs", import.meta.url));

/** How long a killed node stays away, in milliseconds: another time each round. */
const awayMs = (round: number): number => 200 + ((round * 700) % 3_000);
const killed = "killed (kill -9) during a transfer, started again 0.2 to 3 s later";
const toldAndServed = { detectMs: barMs.told, recoverMs: barMs.served };
const deadAndBack = { detectMs: barMs.dead, recoverMs: barMs.lineBack };

const sleeper = (round: number): "near" | "relay" | "far" => chainNodes[round % chainNodes.length] ?? "near";

/** A fault that comes during a transfer. */
interface Outage extends RowText {
  readonly environment?: NodeJS.ProcessEnv;
  readonly breaks: (chain: Chain, round: number) => Fault;
  readonly lasts?: (round: number) => Duration;
}

const plans: readonly Outage[] = [
  {
    id: "relay-killed",
    proves: "[portal-relay-restart] [tcp-reconnect] [relay-heal]",
    fault: `relay ${killed}`,
    bars: toldAndServed,
    breaks: (chain) => nodeEnds(chain, "relay", "SIGKILL"),
    lasts: (round) => ({ lastsMs: awayMs(round) }),
  },
  {
    id: "relay-cut",
    proves: "[portal-path-cut] [tcp-dead-peer]",
    fault: "relay's network cut without FIN or RST during a transfer, restored once all noticed",
    bars: deadAndBack,
    breaks: (chain) => linesCut(chain, 0, 1),
  },
  {
    id: "private-killed",
    proves: "[portal-end-restart] [relay-owner]",
    fault: `private node ${killed}`,
    bars: toldAndServed,
    breaks: (chain) => nodeEnds(chain, "far", "SIGKILL"),
    lasts: (round) => ({ lastsMs: awayMs(round) }),
  },
  {
    id: "private-reset",
    proves: "[portal-relay-restart]",
    tries: 3,
    fault: "private node's connection to the relay reset during a transfer",
    bars: toldAndServed,
    breaks: (chain) => lineReset(chain, 1),
  },
  {
    id: "inlet-killed",
    fault: `inlet node ${killed}`,
    bars: toldAndServed,
    breaks: (chain) => nodeEnds(chain, "near", "SIGKILL"),
    lasts: (round) => ({ lastsMs: awayMs(round) }),
  },
  {
    id: "nap",
    proves: "[portal-path-cut]",
    tries: 3,
    fault: "a node stopped for 3 s (SIGSTOP, SIGCONT) during a transfer, by turns",
    bars: { recoverMs: barMs.served },
    breaks: (chain, round) => nodeSleeps(chain, sleeper(round)),
    // Below the time after which a peer counts as dead.
    lasts: () => ({ lastsMs: 3_000, isUnnoticed: true }),
  },
  {
    id: "laptop-sleep",
    fault: "a node stopped (SIGSTOP) during a transfer until a second after its peers gave it up; by turns",
    bars: deadAndBack,
    breaks: (chain, round) => nodeSleeps(chain, sleeper(round)),
    lasts: () => ({ lastsMs: 1_000 }),
  },
  {
    id: "clock-jump",
    proves: "[node-clock-jump]",
    tries: 2,
    fault: "the clocks of all three nodes jump an hour ahead, or back again, during a transfer",
    bars: { recoverMs: barMs.served },
    environment: { NODE_OPTIONS: `--require=${clockJump}` },
    breaks: clocksJump,
    // Leases are looked at every second.
    lasts: () => ({ watchMs: 2_000 }),
  },
  {
    id: "sigterm-relay",
    proves: "[node-drain] [portal-relay-restart]",
    fault: "SIGTERM to the relay during a transfer; it is started again",
    bars: { detectMs: barMs.served, recoverMs: barMs.served },
    breaks: (chain) => nodeEnds(chain, "relay", "SIGTERM"),
  },
];

/** Nodes that die, sleep or can no longer be reached. */
export const outages: readonly Row[] = plans.map(({ environment = {}, breaks, lasts, ...text }) =>
  row({
    ...text,
    open: async () => ({ chain: await Chain.open({ environment }) }),
    inject: ({ chain }, round) => inject(chain, breaks(chain, round), lasts?.(round)),
  }),
);
