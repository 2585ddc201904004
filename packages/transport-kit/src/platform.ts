/** What Node does better than what every platform has. */
interface NodeParts {
  readonly process?: { readonly platform?: string; nextTick?(task: () => void): void };
  readonly Buffer?: { allocUnsafe(bytes: number): Uint8Array; allocUnsafeSlow(bytes: number): Uint8Array };
  setImmediate?(task: () => void): unknown;
}

const node = globalThis as unknown as NodeParts;

/** Calls a task when the running one and what follows from it at once are done, and before timers and input. */
export const atEndOfTurn: (task: () => void) => void = node.process?.nextTick ?? queueMicrotask;

/** Calls a task after timers and input had their turn. Browsers slow down timers in a row, so there it is a message. */
export const nextTurn: (task: () => void) => unknown = node.setImmediate ?? postingTurns();

/** Memory of its own, not cleared where that can be. */
export function ownMemory(bytes: number): Uint8Array {
  return node.Buffer?.allocUnsafeSlow(bytes) ?? new Uint8Array(bytes);
}

/** Memory for a moment, which may share a larger buffer. */
export function pooledMemory(bytes: number): Uint8Array {
  return node.Buffer?.allocUnsafe(bytes) ?? new Uint8Array(bytes);
}

/** Whether the system may write into the memory of a read before it tells so. */
export const readsAhead: boolean = node.process?.platform === "win32";

/** A timer that does not keep the process alive. */
export function inBackground<Timer>(timer: Timer): Timer {
  (timer as { unref?(): void }).unref?.();
  return timer;
}

function postingTurns(): (task: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const tasks: (() => void)[] = [];
  port1.addEventListener("message", () => tasks.shift()?.());
  port1.start();
  return (task) => {
    tasks.push(task);
    port2.postMessage(undefined);
  };
}
