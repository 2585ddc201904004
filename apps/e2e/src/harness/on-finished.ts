import { AsyncLocalStorage } from "node:async_hooks";

/** Ends something that was opened. */
type Cleanup = () => Promise<unknown> | unknown;

const scopes = new AsyncLocalStorage<Cleanup[]>();
const openScopes = new Set<Cleanup[]>();

/** The test runner, where there is one: programs that use the harness run without. */
const runner = process.env.VITEST === undefined ? undefined : await import("vitest");

/**
 * Has something ended with the innermost work that {@link inScope} runs or, outside of that, with the running test.
 *
 * @throws Error outside both
 */
export function onFinished(cleanup: Cleanup): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.push(cleanup);
  else if (runner !== undefined) runner.onTestFinished(async () => void (await cleanup()));
  else throw new Error("Cannot clean up later: neither a test nor a program is running");
}

/** Opens something that outlives the running hook. Gives it, and what closes all that was opened for it, the last thing first. */
export async function holdOpen<T>(
  open: () => Promise<T>,
): Promise<{ readonly held: T; close(): Promise<void> }> {
  const cleanups: Cleanup[] = [];
  openScopes.add(cleanups);
  const close = (): Promise<void> => cleanUp(cleanups);
  try {
    return { held: await scopes.run(cleanups, open), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Does some work and then closes what was opened meanwhile. Scopes may lie within each other. */
export async function inScope<T>(work: () => Promise<T>): Promise<T> {
  const { held, close } = await holdOpen(work);
  await close();
  return held;
}

/**
 * Runs a program to its end, with the exit code it gives: 64 for a TypeError, which is a wrong command line, and 1 for other errors.
 * One that is told to end (SIGINT, SIGTERM) closes first what it opened: nodes in the background would live on.
 */
export async function runProgram(program: () => Promise<number>): Promise<never> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      for (const cleanups of [...openScopes].reverse()) await cleanUp(cleanups);
      process.exit(130);
    });
  }
  const code = await inScope(program).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof TypeError ? 64 : 1;
  });
  // Whatever a fault left open in this process must not keep it.
  process.exit(code);
}

async function cleanUp(cleanups: Cleanup[]): Promise<void> {
  openScopes.delete(cleanups);
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}
