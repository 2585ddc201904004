import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { onFinished } from "./on-finished.js";
import { Random } from "./random.js";

/** What happens to datagrams on the path, each as a share from 0 to 1. */
export interface UdpFaults {
  readonly lost: number;
  readonly doubled: number;
  /** Held back long enough for later ones to overtake. */
  readonly late: number;
  /** Changed on their way to the target. Default: 0. */
  readonly changed?: number;
}

const lateMs = 5;

/** Starts a UDP path to a loopback port that loses, doubles and reorders datagrams, the same ones in each run. Gives its port. */
export async function startFaultyUdp(target: number, faults: UdpFaults): Promise<number> {
  const random = new Random(1);
  const front = createSocket("udp4");
  const backs = new Map<number, Socket>();
  const pass = (send: () => void): void => {
    if (random.chance(faults.lost)) return;
    if (random.chance(faults.doubled)) send();
    if (random.chance(faults.late)) setTimeout(send, lateMs);
    else send();
  };
  let isOpen = true;
  const sendIfOpen = (socket: Socket, bytes: Buffer, port: number): void => {
    if (isOpen) socket.send(bytes, port, "127.0.0.1", () => {});
  };
  front.on("message", (bytes, { port }) => {
    const back = backs.get(port) ?? openBack(port);
    const passed = random.chance(faults.changed ?? 0) ? random.mutated(bytes) : bytes;
    pass(() => sendIfOpen(back, passed, target));
  });
  const openBack = (client: number): Socket => {
    const back = createSocket("udp4");
    backs.set(client, back);
    back.on("message", (bytes) => pass(() => sendIfOpen(front, bytes, client)));
    return back;
  };
  front.bind(0, "127.0.0.1");
  await once(front, "listening");
  onFinished(() => {
    isOpen = false;
    for (const socket of [front, ...backs.values()]) socket.close();
  });
  return front.address().port;
}
