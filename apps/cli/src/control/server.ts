import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname } from "node:path";
import { CliError } from "../cli-error.js";
import type { Operation, OperationContext } from "../runtime/operation-types.js";
import { makePrivateFolder } from "../state/home.js";
import { stateFailed } from "../state/json-file.js";
import { checkSocketFolder, withSocketPath } from "../state/socket-path.js";
import {
  controlCheckMs,
  controlRequestTimeoutMs,
  maxControlBodyBytes,
  maxControlConnections,
} from "./limits.js";
import { toWireError } from "./wire-error.js";

export interface ControlServerOptions {
  readonly socketPath: string;
  /** The operation of a name, or nothing. */
  readonly find: (name: string) => Operation | undefined;
  /** Longest time for a request to arrive, in milliseconds. Default 10,000. */
  readonly requestTimeoutMs?: number;
}

/** The node's end of the control socket. */
export interface ControlServer {
  /** Stops taking requests and waits for the running ones, a bounded time. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens the control socket: HTTP with JSON, open to the user alone.
 * `POST /<operation>` with the parameters as body answers `{ result }`, or `{ error: { code, message, … } }`.
 * A socket left behind by a dead process is replaced: the caller holds the node's claim.
 */
export async function openControlServer({
  socketPath,
  find,
  requestTimeoutMs = controlRequestTimeoutMs,
}: ControlServerOptions): Promise<ControlServer> {
  const timeouts = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: controlCheckMs,
  };
  const server = createServer(timeouts, (request, response) => void answer(request, response, find));
  server.maxConnections = maxControlConnections;
  prepareSocket(socketPath);
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(stateFailed("open the control socket", socketPath, error));
    server.once("error", onError);
    withSocketPath(socketPath, (path) => server.listen(path));
    server.once("listening", () => {
      server.off("error", onError);
      resolve();
    });
  });
  server.on("error", () => {});
  if (process.platform !== "win32") chmodSync(socketPath, 0o600);
  return { close: () => closeServer(server) };
}

function prepareSocket(path: string): void {
  if (process.platform === "win32") return;
  makePrivateFolder(dirname(path));
  checkSocketFolder(path);
  rmSync(path, { force: true });
}

type Finder = ControlServerOptions["find"];

async function answer(request: IncomingMessage, response: ServerResponse, find: Finder): Promise<void> {
  const notes: string[] = [];
  const context = { signal: signalOf(response), note: (text: string) => void notes.push(text) };
  try {
    const result = await run(request, find, context);
    send(response, 200, { result: result ?? null, notes });
  } catch (error) {
    send(response, 400, { error: toWireError(error), notes });
  }
}

/** Aborted when the command goes away before its answer. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

async function run(request: IncomingMessage, find: Finder, context: OperationContext): Promise<unknown> {
  const name = (request.url ?? "/").slice(1);
  const operation = request.method === "POST" ? find(name) : undefined;
  const body = await readBody(request);
  if (operation !== undefined) return operation(parseBody(body), context);
  throw new CliError(
    "OPERATION_UNKNOWN",
    `Cannot do ${JSON.stringify(name.slice(0, 64))}: this node knows no such operation`,
    {
      hint: "The node may run another version of Culvert, or be older than a transport that was added: stop and start it",
    },
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxControlBodyBytes) {
      throw new CliError("OPERATION_INVALID", `Cannot take request: it is over ${maxControlBodyBytes} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parseBody(body: string): unknown {
  if (body === "") return {};
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new CliError("OPERATION_INVALID", "Cannot take request: its body is no JSON", { cause: error });
  }
}

function send(response: ServerResponse, status: number, content: unknown): void {
  const body = JSON.stringify(content);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

/** Longest wait for running requests at close, in milliseconds. 500: they are short, and an end must not take long. */
const closeTimeoutMs = 500;

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
