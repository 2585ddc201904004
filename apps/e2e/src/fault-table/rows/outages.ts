import { fileURLToPath } from "node:url";
import { Chain, chainNodes } from "../../engine/chain.js";
import { clocksJump, type Fault, lineReset, linesCut, nodeEnds, nodeSleeps } from "../../engine/faults.js";
import { type Duration, inject } from "../../engine/recovery.js";
import { deadPeerBarMs, lineReturnBarMs, serviceBarMs, toldBarMs } from "../bars.js";
import { type Row, type RowText, row } from "../row.js";

const clockJump = fileURLToPath(new URL("../../../src/engine/clock-jump.cjs", import.meta.url));

const bothSay = "the nodes of inlet and outlet log `Connection lost`; the slower one";
const relaySays = "the relay logs `Connection lost`";
const goesOn = "the transfer moves both ways, and a new request is served";
const wasReset = "a new request is served; the transfer was reset, visibly";

/** How long a killed node stays away, in milliseconds: another time each round. */
const awayMs = (round: number): number => 200 + ((round * 700) % 3_000);

/** A fault that comes during a transfer. */
function outage(
  text: RowText & { readonly environment?: NodeJS.ProcessEnv },
  faultOf: (chain: Chain, round: number) => Fault,
  duration: (round: number) => Duration = () => ({}),
): Row {
  return row({
    ...text,
    open: async () => ({ chain: await Chain.open(text) }),
    inject: ({ chain }, round) => inject(chain, faultOf(chain, round), duration(round)),
  });
}

function killed(id: string, name: string, node: "near" | "relay" | "far"): Row {
  const text = {
    id,
    fault: `${name} killed (kill -9) during a transfer, started again 0.2 to 3 s later`,
    detected: node === "relay" ? bothSay : relaySays,
    recovered: `from the node listening again: ${node === "relay" ? goesOn : wasReset}`,
    bars: { detectMs: toldBarMs, recoverMs: serviceBarMs },
  };
  const faultOf = (chain: Chain): Fault => nodeEnds(chain, node, "SIGKILL");
  return outage(text, faultOf, (round) => ({ lastsMs: awayMs(round) }));
}

const sleeper = (round: number): "near" | "relay" | "far" => chainNodes[round % chainNodes.length] ?? "near";

/** Nodes that die, sleep or can no longer be reached. */
export const outages: readonly Row[] = [
  killed("relay-killed", "relay", "relay"),
  outage(
    {
      id: "relay-cut",
      fault: "relay's network cut without FIN or RST during a transfer, restored once all noticed",
      detected: "all nodes log `Connection lost`; the slowest",
      recovered: `from the line carrying again: ${goesOn}`,
      bars: { detectMs: deadPeerBarMs, recoverMs: lineReturnBarMs },
    },
    (chain) => linesCut(chain, 0, 1),
  ),
  killed("private-killed", "private node", "far"),
  outage(
    {
      id: "private-reset",
      fault: "private node's connection to the relay reset during a transfer",
      detected: "the private node logs `Connection lost`",
      recovered: "from the reset: the longest pause of the transfer, and the first new request served",
      bars: { detectMs: toldBarMs, recoverMs: serviceBarMs },
    },
    (chain) => lineReset(chain, 1),
  ),
  killed("inlet-killed", "inlet node", "near"),
  outage(
    {
      id: "nap",
      fault: "a node stopped for 3 s (SIGSTOP, SIGCONT) during a transfer, by turns",
      recovered: `from SIGCONT: ${goesOn}`,
      bars: { recoverMs: serviceBarMs },
    },
    (chain, round) => nodeSleeps(chain, sleeper(round)),
    // Below the time after which a peer counts as dead.
    () => ({ lastsMs: 3_000, isUnnoticed: true }),
  ),
  outage(
    {
      id: "laptop-sleep",
      fault:
        "a node stopped (SIGSTOP) during a transfer until a second after its peers gave it up, then SIGCONT; by turns",
      detected: "its peers log `Connection lost`; the slowest",
      recovered: `from SIGCONT: ${goesOn}`,
      bars: { detectMs: deadPeerBarMs, recoverMs: lineReturnBarMs },
    },
    (chain, round) => nodeSleeps(chain, sleeper(round)),
    () => ({ lastsMs: 1_000 }),
  ),
  outage(
    {
      id: "clock-jump",
      fault: "the clocks of all three nodes jump an hour ahead, or back again, during a transfer",
      recovered: "from the jump: the longest pause of the transfer in the next 2 s, and a new request",
      bars: { recoverMs: serviceBarMs },
      environment: { NODE_OPTIONS: `--require=${clockJump}` },
    },
    clocksJump,
    // Leases are looked at every second.
    () => ({ watchMs: 2_000 }),
  ),
  outage(
    {
      id: "sigterm-relay",
      fault: "SIGTERM to the relay during a transfer; it is started again",
      detected: bothSay,
      recovered: `from the relay listening again: ${goesOn}`,
      bars: { detectMs: serviceBarMs, recoverMs: serviceBarMs },
    },
    (chain) => nodeEnds(chain, "relay", "SIGTERM"),
  ),
];
