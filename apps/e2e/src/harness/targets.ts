import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { resetSocket } from "./clients.js";
import { onFinished } from "./on-finished.js";

/** A TCP server of the test, on a loopback port. It ends with the test. */
export interface Target {
  readonly port: number;
  /** Connections accepted so far, in order. */
  readonly sockets: readonly Socket[];
  /** Stops listening and resets all connections. Safe to call twice. */
  goDown(): Promise<void>;
  /** Listens again on the same port. */
  comeBack(): Promise<void>;
}

/** Serves each connection with a function, on this port or a free one. */
export async function startTarget(serve: (socket: Socket) => void, wanted = 0): Promise<Target> {
  const sockets: Socket[] = [];
  const listen = async (port: number): Promise<Server> => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      serve(socket);
    });
    server.listen(port, "127.0.0.1", 1_024);
    await once(server, "listening");
    return server;
  };
  let server = await listen(wanted);
  const { port } = server.address() as AddressInfo;
  const goDown = async (): Promise<void> => {
    const closed = server.listening && new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) resetSocket(socket);
    await closed;
  };
  onFinished(goDown);
  const comeBack = async (): Promise<void> => {
    server = await listen(port);
  };
  return { port, sockets, goDown, comeBack };
}

/** Sends back what it gets, and ends when the client does. */
export function startEchoTarget(port?: number): Promise<Target> {
  return startTarget((socket) => socket.pipe(socket), port);
}

/** Answers each upload, at its end, with the SHA-256 of what came, in hex. */
export function startDigestTarget(): Promise<Target> {
  return startTarget((socket) => {
    const hash = createHash("sha256");
    socket.on("data", (chunk) => hash.update(chunk));
    socket.on("end", () => socket.end(hash.digest("hex")));
  });
}

/** Sends to each connection as much as it takes, unasked. */
export function startFloodTarget(): Promise<Target> {
  const block = Buffer.alloc(262_144);
  return startTarget((socket) => {
    const fill = (): void => {
      while (socket.writable && socket.write(block)) {
        // Until the socket asks to wait.
      }
    };
    socket.on("drain", fill);
    fill();
  });
}

/** Starts the user's own web server, that of Python, on loopback. Gives its port. `prefix` stands before the command. */
export async function startWebServer(prefix: readonly string[] = []): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "culvert-e2e-www-"));
  const command = ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0"];
  const [file = "", ...args] = [...prefix, ...command];
  const child = execa(file, args, { stderr: "ignore", buffer: false, reject: false });
  onFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const ended = child.then(() => Promise.reject(new Error(`Cannot start ${file}`)));
  ended.catch(() => {});
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [string];
  return Number(/port (\d+)/.exec(line)?.[1]);
}
