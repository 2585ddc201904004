import type { Logger } from "pino";

/** What has to be closed, in the reverse of the order in which it was opened. */
export interface CloseSteps {
  /** Adds a step; it is given the time that open streams have to end, in milliseconds. */
  add(step: (graceMs: number) => Promise<void>): void;
  /** Takes all steps. One that fails is logged and keeps nothing else open. Safe to call twice. */
  close(graceMs: number): Promise<void>;
}

export function closeSteps(log: Logger): CloseSteps {
  const steps: ((graceMs: number) => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (graceMs: number): Promise<void> => {
    for (const step of steps.reverse()) {
      await step(graceMs).catch((error: unknown) =>
        log.error({ err: error }, "Cannot close a part of the node"),
      );
    }
  };
  return {
    add: (step) => void steps.push(step),
    close: (graceMs) => {
      closing ??= closeAll(graceMs);
      return closing;
    },
  };
}
