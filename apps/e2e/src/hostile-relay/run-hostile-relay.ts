import { randomBytes } from "node:crypto";
import { peerIdentity } from "@x/identity";
import { openChannel, type SecureChannel } from "@x/secure-channel";
import { startSocket } from "../harness/clients.js";
import { startEchoTarget } from "../harness/targets.js";
import { onTrueEnd } from "../harness/true-end.js";
import { eventually } from "../harness/waiting.js";
import { attacks } from "./attacks.js";
import { countInMemory } from "./process-memory.js";
import { startRelayProcess } from "./relay-process.js";
import {
  limits,
  newNode,
  openInlet,
  startTargetsNode,
  targetsIdentity,
  trust,
  visitorsIdentity,
} from "./sealed-nodes.js";

/** How long streams may take under an attack, in milliseconds; what is not over by then is cut. */
const attackMs = 30_000;

/** What became of an attack. */
export interface Assault {
  readonly attack: string;
  /** Messages that passed the relay. */
  readonly messages: number;
  /** Renewals of the channel that were tried, and that came about. */
  readonly renewals: readonly [number, number];
  /** Streams that came back whole, and that were reset with a part that is right. */
  readonly whole: number;
  readonly reset: number;
  readonly seconds: number;
}

/** What became of all attacks. */
export interface HostileRelayResult {
  readonly assaults: readonly Assault[];
  /** How often the plaintext stood in the relay's memory, with all that passed. */
  readonly found: number;
  /** The same after one stream went through it without a channel: the search finds what is there. */
  readonly foundUnsealed: number;
  readonly violations: readonly string[];
}

/** Has streams of so many bytes there and back through a channel over a relay that does all it can do to them. */
export async function runHostileRelay({
  bytes,
  streams = 3,
}: {
  readonly bytes: number;
  readonly streams?: number;
}): Promise<HostileRelayResult> {
  const marker = Buffer.from(`plaintext ${randomBytes(16).toString("hex")}`);
  const scene = await startScene();
  const violations: string[] = [];
  const assaults: Assault[] = [];
  for (const attack of Object.keys(attacks)) {
    const startedAt = performance.now();
    const before = await scene.relay.order(attack);
    const renewing = renewNowAndThen(scene.channel);
    const visits = Array.from({ length: streams }, (_, index) =>
      visit(scene.port, contentOf(marker, bytes, index)),
    );
    const ends = await Promise.all(visits);
    const renewals = await renewing.stop();
    const met = await scene.openAnother();
    if (met === "somebody else") violations.push(`${attack}: a channel opened to somebody else`);
    const after = await scene.relay.order("reads");
    for (const [index, end] of ends.entries()) {
      if (end === "wrong") violations.push(`${attack}: stream ${index} is neither whole nor reset`);
    }
    const count = (wanted: string): number => ends.filter((end) => end === wanted).length;
    assaults.push({
      attack,
      messages: after.passed - before.passed,
      renewals,
      whole: count("whole"),
      reset: count("reset"),
      seconds: (performance.now() - startedAt) / 1_000,
    });
    // Nothing of it may last.
    const isServed = async (): Promise<boolean> =>
      (await visit(scene.port, contentOf(marker, 10_000, 9))) === "whole";
    await eventually("a stream is whole again", isServed).catch(() => {
      violations.push(`${attack}: no stream is whole after it`);
    });
  }
  const found = countInMemory(scene.relay.pid, marker);
  if (found > 0) violations.push(`the relay's memory holds the plaintext ${found} times`);
  if (scene.strangers() > 0) violations.push(`the target had ${scene.strangers()} visitors that nobody sent`);
  const unsealed = await visit(scene.unsealedPort, contentOf(marker, 100_000, 0));
  const foundUnsealed = countInMemory(scene.relay.pid, marker);
  if (unsealed !== "whole" || foundUnsealed === 0) violations.push("the search does not find what is there");
  return { assaults, found, foundUnsealed, violations };
}

/** The marker again and again, with numbers between, so that no two places are the same. */
function contentOf(marker: Buffer, bytes: number, stream: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0, index = 0; at < bytes; index++) {
    at += marker.copy(content, at);
    at += content.write(` ${stream}.${index} `, at);
  }
  return content;
}

/** Sends content to an echo, and says how what came back is. */
async function visit(port: number, content: Buffer): Promise<"whole" | "reset" | "wrong"> {
  const socket = startSocket(port);
  let [received, isRight, isEnded] = [0, true, false];
  socket.on("data", (part) => {
    isRight &&= part.equals(content.subarray(received, received + part.length));
    received += part.length;
  });
  onTrueEnd(socket, () => {
    isEnded = true;
  });
  socket.on("error", () => {});
  socket.end(content);
  const timer = setTimeout(() => socket.destroy(), attackMs);
  await new Promise((resolve) => socket.once("close", resolve));
  clearTimeout(timer);
  if (!isRight || (isEnded && received < content.length)) return "wrong";
  return isEnded ? "whole" : "reset";
}

function renewNowAndThen(channel: SecureChannel): { stop(): Promise<readonly [number, number]> } {
  let [tried, done, isStopped] = [0, 0, false];
  const renewing = (async () => {
    while (!isStopped) {
      tried++;
      await channel.renew().then(
        () => done++,
        () => undefined,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const stop = async (): Promise<readonly [number, number]> => {
    isStopped = true;
    await renewing;
    return [tried, done];
  };
  return { stop };
}

/** A visitor's node and a target's, with the relay between them, and the inlets of a sealed portal and of one that is not. */
async function startScene() {
  const relay = await startRelayProcess();
  const target = await startEchoTarget();
  let strangers = 0;
  await startTargetsNode(relay.address, target.port, (origin) => {
    const isKnown = origin.fact(peerIdentity) === visitorsIdentity.identifier;
    if (!isKnown) strangers++;
    return isKnown;
  });
  const near = newNode();
  const { worker } = await near.connect(relay.address);
  const route = [worker, "forward_to_far"];
  const options = trust(visitorsIdentity, targetsIdentity);
  const channel = await openChannel(near, [...route, "api"], options);
  /** Opens one more channel, and says who is at its other end. */
  const openAnother = async (): Promise<"the target" | "somebody else" | "nobody"> => {
    const patient = { ...options, limits: { ...limits, openTimeoutMs: 4_000 } };
    const other = await openChannel(near, [...route, "api"], patient).catch(() => undefined);
    await other?.close();
    if (other === undefined) return "nobody";
    return other.peer.identifier === targetsIdentity.identifier ? "the target" : "somebody else";
  };
  const port = await openInlet(near, [channel.address, "outlet"]);
  const unsealedPort = await openInlet(near, [...route, "open-outlet"]);
  return { relay, channel, openAnother, port, unsealedPort, strangers: () => strangers };
}
