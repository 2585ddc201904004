import { createFuzzedNode, type Verdict } from "./fuzzed-node.js";
import { lessBusyShare } from "./limits.js";
import { MessageFrames } from "./message-frames.js";
import { type Assault, assault, type Session } from "./sessions.js";
import { controlRequests, httpRequests, tcpPeers, visitors } from "./stream-entrances.js";
import { streamSession } from "./stream-session.js";
import { udpSession } from "./udp-session.js";

/** How much to send, and which. */
export interface FuzzOptions {
  /** Frames to each message listener and to the control socket; the other entrances get a twentieth. */
  readonly frames: number;
  readonly seed: number;
  /** Told of each entrance that is done. */
  readonly onDone?: (assault: Assault) => void;
}

export interface FuzzResult extends Verdict {
  readonly assaults: readonly Assault[];
}

/** Sends hostile bytes to every entrance of a real node, one after another, and looks what became of it. */
export async function runFuzz({ frames, seed, onDone = () => {} }: FuzzOptions): Promise<FuzzResult> {
  const node = await createFuzzedNode();
  const messages = new MessageFrames(node.targets);
  const less = Math.ceil(frames / lessBusyShare);
  const host = "127.0.0.1";
  const entrances: readonly (readonly [string, Session, number])[] = [
    ["TCP listener", streamSession({ host, port: node.tcpPort }, tcpPeers(messages)), frames],
    ["UDP listener", udpSession(node.udpPort, messages), frames],
    ["inlet", streamSession({ host, port: node.inletPort }, visitors), less],
    ["control socket", streamSession({ path: node.controlSocket }, controlRequests), frames],
    ["HTTP server", streamSession({ host, port: node.httpPort }, httpRequests), less],
  ];
  const assaults: Assault[] = [];
  for (const [entrance, session, count] of entrances) {
    const done = await assault(entrance, session, { frames: count, seed });
    assaults.push(done);
    onDone(done);
  }
  const { figures, violations } = await node.verdict();
  const stuck = assaults.filter((one) => one.stuck > 0);
  const silence = stuck.map((one) => `${one.stuck} connections to the ${one.entrance} were not answered`);
  return { assaults, figures, violations: [...violations, ...silence] };
}
