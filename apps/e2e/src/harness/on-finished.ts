import { AsyncLocalStorage } from "node:async_hooks";

/** Ends something that was opened. */
export type Cleanup = () => Promise<void> | void;

const scopes = new AsyncLocalStorage<Cleanup[]>();
const openScopes = new Set<Cleanup[]>();

/** The test runner, where there is one: programs that use the harness run without. */
const runner = process.env.VITEST === undefined ? undefined : await import("vitest");

/**
 * Has something ended with the running test or, outside of tests, with the innermost work that {@link runAsProgram} runs.
 *
 * @throws Error outside both
 */
export function onFinished(cleanup: Cleanup): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.push(cleanup);
  else if (runner !== undefined) runner.onTestFinished(cleanup);
  else throw new Error("Cannot clean up later: neither a test nor a program is running");
}

/**
 * Lets a program, or a part of one, use this harness without a test: what it opened is closed when it is over, the last thing first.
 * Parts may lie within each other.
 */
export async function runAsProgram<T>(program: () => Promise<T>): Promise<T> {
  const cleanups: Cleanup[] = [];
  openScopes.add(cleanups);
  try {
    return await scopes.run(cleanups, program);
  } finally {
    await cleanUp(cleanups);
  }
}

/** Lets a program that is told to end (SIGINT, SIGTERM) close first what it opened: nodes in the background would live on. */
export function cleanUpOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      for (const cleanups of [...openScopes].reverse()) await cleanUp(cleanups);
      process.exit(interruptedExitCode);
    });
  }
}

const interruptedExitCode = 130;

async function cleanUp(cleanups: Cleanup[]): Promise<void> {
  openScopes.delete(cleanups);
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}
