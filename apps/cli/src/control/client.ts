import type { IncomingMessage } from "node:http";
import { CulvertError, isCulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import { isJsonObject } from "../state/json-file.js";
import { connectTo } from "../state/node-running.js";
import { checkSocketFolder } from "../state/socket-path.js";
import { systemErrorCode } from "../state/system-error.js";
import { maxControlBodyBytes } from "./limits.js";
import type { ControlOperationName, ControlOperationTypes } from "./operation-types.js";
import { fromWireError } from "./wire-error.js";

export interface CallOptions {
  /** Longest wait for the answer, in milliseconds. Default: the client's. */
  readonly timeoutMs?: number;
  /** Gives up the wait. The node then gives up what it still waits for, too. */
  readonly signal?: AbortSignal;
}

/** A command's line to a running node. */
export interface ControlClient {
  /**
   * Has the node do an operation and resolves with its result: plain JSON.
   *
   * @throws CulvertError, CliError those of the operation; NODE_NOT_RUNNING, CONTROL_FAILED, TIMED_OUT, ABORTED
   */
  call<Name extends ControlOperationName>(
    operation: Name,
    params: ControlOperationTypes[Name]["params"],
    options?: CallOptions,
  ): Promise<ControlOperationTypes[Name]["result"]>;
  /** The same for an operation that follows from `src/resources`. */
  call(operation: string, params: object, options?: CallOptions): Promise<unknown>;
}

/**
 * @param nodeName for error texts
 * @param socketPath the node's control socket
 * @param defaultTimeoutMs the wait when a call names none
 * @param onNote told what the user should know beside results
 */
export function createControlClient(
  nodeName: string,
  socketPath: string,
  defaultTimeoutMs: number,
  onNote: (text: string) => void = () => {},
): ControlClient {
  return {
    async call(operation: string, params: object, options: CallOptions = {}): Promise<never> {
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
      try {
        const answer = await post(socketPath, operation, JSON.stringify(params), signal);
        return readAnswer(answer, nodeName, onNote) as never;
      } catch (error) {
        throw callError(error, { nodeName, operation, timeoutMs, timeout, signal });
      }
    },
  };
}

async function post(
  socketPath: string,
  operation: string,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  // Loaded here, because it takes longer to load than all of the command, and not every command needs it.
  const { request: httpRequest } = await import("node:http");
  checkSocketFolder(socketPath);
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = httpRequest(
      {
        createConnection: () => connectTo(socketPath),
        method: "POST",
        path: `/${operation}`,
        headers,
        signal,
      },
      (response) => void readText(response).then(resolve, reject),
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxControlBodyBytes)
      throw new CliError("CONTROL_FAILED", "Cannot read the node's answer: it is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function readAnswer(text: string, nodeName: string, onNote: (text: string) => void): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (!isJsonObject(answer)) {
    throw new CliError(
      "CONTROL_FAILED",
      `Cannot read the answer of node "${nodeName}": it is no JSON object`,
    );
  }
  if (Array.isArray(answer.notes)) for (const note of answer.notes) onNote(String(note));
  if (answer.error !== undefined) throw fromWireError(answer.error);
  return answer.result;
}

interface FailedCall {
  readonly nodeName: string;
  readonly operation: string;
  readonly timeoutMs: number;
  readonly timeout: AbortSignal;
  readonly signal: AbortSignal;
}

function callError(error: unknown, { nodeName, operation, timeoutMs, timeout, signal }: FailedCall): unknown {
  if (isCulvertError(error) || error instanceof CliError) return error;
  if (timeout.aborted) {
    return new CulvertError(
      "TIMED_OUT",
      `Cannot do ${operation} on node "${nodeName}": it did not answer within ${timeoutMs} ms`,
    );
  }
  if (signal.aborted)
    return new CulvertError("ABORTED", `Cannot do ${operation} on node "${nodeName}": given up`);
  const code = systemErrorCode(error);
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return new CliError("NODE_NOT_RUNNING", `Cannot reach node "${nodeName}": it is not running`, {
      hint: `Start it with \`culvert node start ${nodeName}\``,
      cause: error,
    });
  }
  return new CliError(
    "CONTROL_FAILED",
    `Cannot do ${operation} on node "${nodeName}": ${code ?? String(error)}`,
    { cause: error },
  );
}
