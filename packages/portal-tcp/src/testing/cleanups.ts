type Cleanup = () => Promise<void> | void;

const cleanups: Cleanup[] = [];

/** Plans what to do after the test, last planned first. */
export function afterTest(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

/** Does what was planned. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}
