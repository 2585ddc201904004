import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Socket,
} from "node:net";

/** A way around to a listener that can be cut as a cable is. */
export interface Detour {
  /** Where to dial instead of the listener. */
  readonly where: string;
  /**
   * From now on nothing gets through in either direction, and neither end is told: connections look open, and whoever dials
   * is connected to nobody. For each end it is as if the process at the other were frozen.
   */
  cut(): void;
  close(): Promise<void>;
}

/** A detour to a listener on a TCP port of this machine: `127.0.0.1:7000`, `[::1]:7000`. */
export async function tcpDetour(where: string): Promise<Detour> {
  const { host, port } = parsePlace(where);
  const stream = await streamDetour({ host, port: 0 }, { host, port });
  return { ...stream, where: formatPlace(host, (stream.address as AddressInfo).port) };
}

/** A detour to a listener on a local socket; `at` is a path that nobody uses. */
export async function pipeDetour(where: string, at: string): Promise<Detour> {
  return { ...(await streamDetour({ path: at }, { path: where })), where: at };
}

/** A detour to a listener on a UDP port of this machine: `127.0.0.1:7000`, `[::1]:7000`. */
export async function udpDetour(where: string): Promise<Detour> {
  const { host, port } = parsePlace(where);
  const type = host.includes(":") ? "udp6" : "udp4";
  const front = createSocket(type);
  const backs = new Map<string, DatagramSocket>();
  let isCut = false;
  const backFor = (source: RemoteInfo): DatagramSocket => {
    const back = createSocket(type);
    back
      .on("error", () => {})
      .on("message", (bytes) => {
        if (!isCut) front.send(bytes, source.port, source.address);
      });
    backs.set(`${source.address} ${source.port}`, back);
    return back;
  };
  front
    .on("error", () => {})
    .on("message", (bytes, source) => {
      const back = backs.get(`${source.address} ${source.port}`) ?? backFor(source);
      if (!isCut) back.send(bytes, port, host);
    });
  const bound = once(front, "listening");
  front.bind(0, host);
  await bound;
  return {
    where: formatPlace(host, front.address().port),
    cut: () => {
      isCut = true;
    },
    close: async () => {
      for (const socket of [front, ...backs.values()]) socket.close();
    },
  };
}

async function streamDetour(
  at: ListenOptions,
  target: NetConnectOpts,
): Promise<Omit<Detour, "where"> & { readonly address: AddressInfo | string | null }> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const join = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("error", () => {});
    from.on("data", (bytes) => isCut || to.write(bytes));
    from.on("end", () => isCut || to.end());
    from.on("close", () => isCut || to.destroy());
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (isCut) {
      sockets.add(near.on("error", () => {}));
      return;
    }
    const far = connect({ ...target, allowHalfOpen: true });
    join(near, far);
    join(far, near);
  });
  await once(server.listen(at), "listening");
  return {
    address: server.address(),
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    close: async () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parsePlace(where: string): { host: string; port: number } {
  const at = where.lastIndexOf(":");
  return { host: where.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(where.slice(at + 1)) };
}

function formatPlace(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
