import { CulvertError } from "@x/core";
import type { AnyWebSocket, WebSocketWire } from "./web-socket-wire.js";

/**
 * Waits until a WebSocket is open, or closes it.
 *
 * @param failure why it did not open, where more is known than that it is closed
 * @throws CulvertError HANDSHAKE_FAILED; the failure; the reason of the signal
 */
export function untilOpen(
  socket: AnyWebSocket,
  wire: WebSocketWire,
  signal: AbortSignal,
  failure: () => unknown = () => undefined,
): Promise<WebSocketWire> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason);
      wire.destroy();
    };
    signal.addEventListener("abort", onAbort);
    socket.addEventListener("open", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(wire);
    });
    socket.addEventListener("close", () => {
      signal.removeEventListener("abort", onAbort);
      reject(failure() ?? unopened(wire.remoteWhere));
    });
    if (signal.aborted) onAbort();
  });
}

/** Browsers do not say why. */
function unopened(where: string): CulvertError {
  return new CulvertError(
    "CONNECTION_REFUSED",
    `Cannot connect to ${where}: no WebSocket of Culvert opened there`,
  );
}
