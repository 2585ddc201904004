import { generateStreamId } from "../protocol/stream-id.js";
import { createStreamBudget } from "../resources/stream-budget.js";
import { Random } from "./random.js";
import { type Program, SimulatedEnd } from "./simulated-end.js";
import { SimulatedNetwork, type Weather } from "./simulated-network.js";
import { VirtualTime } from "./virtual-time.js";

/** What came of one schedule. */
export interface Outcome {
  readonly seed: number;
  /** What must not be; nothing when all is well. */
  readonly fault: string | undefined;
  readonly virtualMs: number;
  readonly messages: number;
  readonly isReset: boolean;
  readonly bytes: number;
}

/** No schedule may take longer: four times the longest outage and the resume time-out, plus slow programs. */
const longestMs = 3_600_000;

/** Runs one stream through weather, outages and programs that all follow from a seed. */
export function runSchedule(seed: number): Outcome {
  const random = new Random(seed);
  const time = new VirtualTime();
  const budget = createStreamBudget(random.pick([65_536, 1_048_576, 268_435_456]));
  const id = generateStreamId();
  const weather = randomWeather(random);
  const there = new SimulatedNetwork(time, random, weather);
  const back = new SimulatedNetwork(time, random, random.chance(0.7) ? weather : randomWeather(random));
  const canBreak = random.chance(0.15);
  const programs = [randomProgram(random, canBreak), randomProgram(random, canBreak)] as const;
  const opener = new SimulatedEnd({ id, time, random, budget, network: there }, false, programs[0]);
  const acceptor = new SimulatedEnd({ id, time, random, budget, network: back }, true, programs[1]);
  opener.peer = acceptor;
  acceptor.peer = opener;
  opener.begin();
  planOutages(time, random, [opener, acceptor], [there, back]);
  // An open that was never sent leaves the acceptor without a stream.
  const isOver = (): boolean => opener.isDone && (acceptor.isDone || opener.stream?.nextNumber === 1);
  while (!isOver() && time.step(longestMs))
    if (opener.fault !== undefined || acceptor.fault !== undefined) break;
  const isReset = opener.stream?.reason !== undefined || acceptor.stream?.reason !== undefined;
  const fault = findFault(opener, acceptor, programs, canBreak);
  opener.stream?.dispose();
  acceptor.stream?.dispose();
  return {
    seed,
    fault:
      fault ??
      (budget.usedBytes === 0 ? undefined : `${budget.usedBytes} bytes of the budget are not given back`),
    virtualMs: time.now,
    messages: there.sent + back.sent,
    isReset,
    bytes: opener.received + acceptor.received,
  };
}

function findFault(
  opener: SimulatedEnd,
  acceptor: SimulatedEnd,
  programs: readonly [Program, Program],
  canBreak: boolean,
): string | undefined {
  const fault = opener.fault ?? acceptor.fault;
  if (fault !== undefined) return fault;
  if (!opener.isDone || !(acceptor.isDone || acceptor.stream === undefined)) {
    return `it hangs: opener ${opener.stream?.phase} ${opener.received}, acceptor ${acceptor.stream?.phase} ${acceptor.received}`;
  }
  const reason = opener.stream?.reason ?? acceptor.stream?.reason;
  if (reason !== undefined && !canBreak) return `it was reset: ${reason.code} ${reason.text}`;
  if (opener.hasEnd && opener.received !== programs[1].bytes)
    return `the opener ends short: ${opener.received}`;
  if (acceptor.hasEnd && acceptor.received !== programs[0].bytes)
    return `the acceptor ends short: ${acceptor.received}`;
  return undefined;
}

function randomWeather(random: Random): Weather {
  const delayMs = random.pick([0, 0.2, 1, 10, 50, 150]);
  const isClean = random.chance(0.35);
  return {
    delayMs,
    jitterMs: random.pick([0, 0.1, 1, delayMs]),
    loss: isClean ? 0 : random.pick([0, 0.001, 0.01, 0.05, 0.1]),
    duplication: isClean ? 0 : random.pick([0, 0.01, 0.1]),
    busy: random.chance(0.8) ? 0 : random.pick([0.001, 0.05]),
    maxBytes: random.pick([1_200, 9_000, 65_536, 1_048_576, 1_048_576]),
    isOrdered: isClean || random.chance(0.5),
  };
}

function randomProgram(random: Random, canBreak: boolean): Program {
  const bytes = random.pick([0, 1, 100, 5_000, 70_000, 300_000, 1_000_000]);
  return {
    bytes,
    writeBytes: random.pick([10, 1_000, 65_536, 65_536]) + Math.floor(bytes / 200),
    pauseMs: random.pick([0, 0, 0.5, 20]),
    readMs: random.pick([0, 0, 0.5, 5]),
    breaksAt: canBreak && random.chance(0.7) ? random.between(0, bytes) : undefined,
  };
}

/** Up to three times the path breaks for less than the resume time-out, silently or not, and sometimes is another one afterwards. */
function planOutages(
  time: VirtualTime,
  random: Random,
  ends: readonly [SimulatedEnd, SimulatedEnd],
  networks: readonly [SimulatedNetwork, SimulatedNetwork],
): void {
  let at = 0;
  for (let count = random.pick([0, 0, 1, 3]); count > 0; count--) {
    at += random.pick([1, 20, 300, 2_000]) * random.next();
    const lastsMs = random.pick([0, 5, 100, 3_000, 8_000]) * random.next();
    const kind = random.pick(["lost", "refused"] as const);
    const isOther = random.chance(0.3);
    const isOneWay = random.chance(0.2);
    time.at(at, () => {
      for (const network of isOneWay ? networks.slice(0, 1) : networks) network.outage = kind;
    });
    at += lastsMs;
    time.at(at, () => {
      for (const network of networks) network.outage = "none";
      if (kind === "refused" || isOther) for (const end of ends) end.path(isOther ? "other" : "up");
    });
  }
}
