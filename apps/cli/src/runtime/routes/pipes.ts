import { CulvertError, generateAddress, isCulvertError, isErrorCode } from "@x/core";
import { acceptStreams, type ByteStream, openStream } from "@x/stream";
import type { PipeParams } from "../../control/operation-types.js";
import type { OperationContext } from "../operation-types.js";
import type { RuntimeContext } from "../runtime-context.js";
import { throwIfDown } from "./shared-routes.js";

/** How long the address of a pipe waits for the one who asked for it, in milliseconds. 10,000: it comes at once, from the same machine. */
const visitWaitMs = 10_000;

/** A stream along a route, and the connection by which it goes. */
interface Pipe extends AsyncDisposable {
  readonly stream: ByteStream;
}

/**
 * Opens a stream to an outlet, as a visitor of an inlet gets one. Disposing of it closes the stream and lets go of the connection.
 *
 * @throws CulvertError what `openStream` and connecting throw; what goes wrong later is told by the stream
 */
export async function openPipe(
  { node, shared, limits }: Pick<RuntimeContext, "node" | "shared" | "limits">,
  { route, timeoutMs }: PipeParams,
  { signal }: OperationContext,
): Promise<Pipe> {
  const held = await shared.hold(route, { settleMs: timeoutMs, signal });
  try {
    throwIfDown(held, timeoutMs);
    const settings = { openTimeoutMs: timeoutMs, resumeTimeoutMs: limits["stream-resume-ms"] };
    const stream = openStream(node.own, held.route, settings);
    return {
      stream,
      async [Symbol.asyncDispose]() {
        await stream.close();
        await held.release();
      },
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}

/**
 * Gives an address at which one stream is taken and led on along a route, with the rights of this node's operator. Nobody can guess
 * it, and it is there for a moment.
 */
export async function lendPipe(context: RuntimeContext, params: PipeParams): Promise<{ address: string }> {
  const { node } = context;
  const listener = acceptStreams(
    node,
    generateAddress(),
    async (near) => {
      clearTimeout(timer);
      await leadOn(context, params, near);
      void listener.close();
    },
    { maxStreams: 1 },
  );
  const timer = setTimeout(() => void listener.close(), visitWaitMs).unref();
  return { address: listener.address };
}

async function leadOn(context: RuntimeContext, params: PipeParams, near: ByteStream): Promise<void> {
  try {
    await using pipe = await openPipe(context, params, {});
    await join(near, pipe.stream);
  } catch (error) {
    near.reset(failureText(error));
  }
}

/** Carries the bytes of each to the other, each direction by itself. */
async function join(near: ByteStream, far: ByteStream): Promise<void> {
  const byHand = { preventAbort: true, preventCancel: true };
  const there = near.readable.pipeTo(far.writable, byHand);
  const back = far.readable.pipeTo(near.writable, byHand);
  try {
    await Promise.all([there, back]);
    await Promise.all([near.closed, far.closed]);
  } catch (error) {
    far.reset("the one that used it gave up");
    await Promise.allSettled([there, back]);
    throw error;
  }
}

/** A failure as text that crosses a stream. */
function failureText(error: unknown): string {
  return isCulvertError(error) ? `${error.code}: ${error.message}` : "it failed";
}

/** The failure that a stream of {@link lendPipe} told, or the one that it had itself. */
export function failureOfPipe(error: unknown): unknown {
  if (!isCulvertError(error) || error.code !== "STREAM_RESET") return error;
  const [, code, message = ""] = /^([A-Z_]+): (.*)$/s.exec(error.message) ?? [];
  return isErrorCode(code) ? new CulvertError(code, message, { cause: error }) : error;
}
