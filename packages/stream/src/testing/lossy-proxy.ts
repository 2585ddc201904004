import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { Random } from "./random.js";

/** Stands between one client and a UDP server, and loses a share of the datagrams in both directions. Returns its ``host:port``. */
export async function startLossyProxy(server: string, lossRate: number): Promise<string> {
  const random = new Random(7);
  const [front, back] = [await openSocket(), await openSocket()];
  const [host = "", port = ""] = server.split(":");
  let client: { address: string; port: number } | undefined;
  front.on("message", (datagram, from) => {
    client = from;
    if (!random.chance(lossRate)) back.send(datagram, Number(port), host);
  });
  back.on("message", (datagram) => {
    if (client !== undefined && !random.chance(lossRate)) front.send(datagram, client.port, client.address);
  });
  return `127.0.0.1:${front.address().port}`;
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  onTestFinished(() => {
    socket.close();
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
