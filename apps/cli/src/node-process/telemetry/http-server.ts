import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CulvertError } from "@x/core";
import type { Logger } from "pino";
import type { NodeRuntime } from "../../runtime/node-runtime.js";
import type { NodeSettings } from "../../state/node-files.js";
import type { NodeStore } from "../../state/nodes.js";
import { systemErrorCode } from "../../state/system-error.js";
import { nodeJson } from "../node-json.js";
import type { SavedResources } from "../saved-resources.js";
import type { NodeMetrics } from "./metrics.js";

export interface HttpServerOptions {
  readonly settings: NodeSettings;
  readonly saved: SavedResources | undefined;
  readonly runtime: NodeRuntime;
  readonly nodes: NodeStore;
  readonly log: Logger;
}

/** The HTTP server of a node, for health checks and metrics. */
export interface HttpServer {
  /** Where it listens: `127.0.0.1:41327`. */
  readonly where: string;
  close(): Promise<void>;
}

const host = "127.0.0.1";

/** Longest time for a request to arrive, in milliseconds. 10,000: it comes from the same machine. */
const requestTimeoutMs = 10_000;

/** The same for the server, which looks every second. */
const timeouts = {
  requestTimeout: requestTimeoutMs,
  headersTimeout: requestTimeoutMs,
  connectionsCheckingInterval: 1000,
} as const;

/** Most connections at once; further ones are closed. 64: a few programs that watch, which keep theirs open. */
const maxHttpConnections = 64;

/**
 * Opens the HTTP server if the node shall have one: `GET /` and `HEAD /` say that it lives, `GET /show` tells of it as `node show` does,
 * `GET /metrics` gives figures for Prometheus. It listens on loopback and answers to loopback names alone, so that no web page
 * reaches it by a name of its own.
 * A restarted node gets the port it had; when that is taken, another one.
 *
 * @throws CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED for a port that was asked for
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer | undefined> {
  const { settings, saved, log, runtime } = options;
  if (settings.httpServerPort === undefined) return undefined;
  const { createMetrics } = await import("./metrics.js");
  const metrics = createMetrics(runtime);
  const server = createServer(
    timeouts,
    (request, response) => void answer(request, response, options, metrics),
  );
  server.maxConnections = maxHttpConnections;
  const savedPort = saved?.httpServerPort;
  if (savedPort === undefined) await listen(server, settings.httpServerPort);
  else {
    await listen(server, savedPort).catch(async (error: unknown) => {
      log.warn({ err: error }, "The HTTP server gets another port");
      await listen(server, 0);
    });
  }
  server.on("error", (error) => log.warn({ err: error }, "The HTTP server failed"));
  return { where: `${host}:${(server.address() as AddressInfo).port}`, close: () => closeServer(server) };
}

/** The port of `host:port`. */
export function portOf(where: string): number {
  return Number(where.slice(where.lastIndexOf(":") + 1));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => reject(listenError(port, error));
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function listenError(port: number, cause: unknown): CulvertError {
  const code = systemErrorCode(cause);
  const isTaken = code === "EADDRINUSE";
  return new CulvertError(
    isTaken ? "LISTEN_ADDRESS_TAKEN" : "LISTEN_FAILED",
    `Cannot open the HTTP server at ${host}:${port}: ${isTaken ? "the port is taken" : code}`,
    { cause },
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { runtime, nodes, log }: HttpServerOptions,
  metrics: NodeMetrics,
): Promise<void> {
  const what = `${request.method} ${(request.url ?? "").split("?")[0]}`;
  try {
    if (!isLoopbackHost(request.headers.host)) send(response, 403, "text/plain", "Forbidden\n");
    else if (what === "HEAD /" || what === "GET /") send(response, 200, "text/plain", "Alive\n");
    else if (what === "GET /show") {
      const json = nodeJson(await nodes.get(runtime.name), await runtime.operations["node.show"]({}));
      send(response, 200, "application/json", `${JSON.stringify(json, null, 2)}\n`);
    } else if (what === "GET /metrics") send(response, 200, metrics.contentType, await metrics.text());
    else send(response, 404, "text/plain", "Not found\n");
  } catch (error) {
    log.error({ err: error, request: what }, "Cannot answer an HTTP request");
    if (!response.headersSent) send(response, 500, "text/plain", "Internal error\n");
  }
}

/** A page on the web can make its own name resolve to 127.0.0.1 and then read what is served there; the name gives it away. */
function isLoopbackHost(header: string | undefined): boolean {
  return header === undefined || /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(header);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
