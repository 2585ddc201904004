import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execaNode } from "execa";
import type { Operations, RoleAnswer } from "./serve-role.js";

/** The repository of the build that runs. */
export const ownBuild: string = fileURLToPath(new URL("../../../../", import.meta.url));

/** A process of the bench, driven by calls. */
export interface Role<T extends Operations> {
  readonly pid: number;
  /**
   * Runs an operation there and resolves with its result.
   *
   * @throws Error what the operation threw, or that the process ended, or that it took longer than 90 s
   */
  call<K extends keyof T & string>(
    operation: K,
    ...params: Parameters<T[K]>
  ): Promise<Awaited<ReturnType<T[K]>>>;
  /** Ends the process; kills it after 2 s. Safe to call twice. */
  close(): Promise<unknown>;
}

/** Longest run of one operation, in milliseconds. The longest planned one, registering 10,000 relays, takes some 10 s. */
const callTimeoutMs = 90_000;

const closeTimeoutMs = 2_000;

/**
 * Starts a file of `src/roles` in a process of its own. `--expose-gc` lets memory rows collect garbage before they look.
 *
 * @param build the repository whose build is run. Names and messages of roles stay as they are, so that builds can be compared.
 */
export async function startRole<T extends Operations>(
  name: string,
  build: string = ownBuild,
): Promise<Role<T>> {
  const child = execaNode(join(build, "apps/bench/dist/roles", `${name}.js`), {
    nodeOptions: [...process.execArgv, "--expose-gc"],
    stdio: ["ignore", "inherit", "inherit"],
    buffer: false,
    reject: false,
  });
  const waiting = new Map<number, (answer: RoleAnswer) => void>();
  child.on("message", (answer: RoleAnswer) => waiting.get(answer.id)?.(answer));
  void child.then(() => {
    for (const [id, settle] of waiting) settle({ id, error: "it ended" });
  });
  const answerOf = (id: number, what: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const settle = ({ error, result }: RoleAnswer): void => {
        clearTimeout(timer);
        waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`Role ${name} failed at ${what}: ${error}`));
      };
      const late = `it did not finish within ${callTimeoutMs} ms`;
      const timer = setTimeout(() => settle({ id, error: late }), callTimeoutMs);
      waiting.set(id, settle);
    });
  await answerOf(0, "its start");
  let calls = 0;
  return {
    pid: child.pid ?? 0,
    call: (operation, ...[params]) => {
      const id = ++calls;
      const answer = answerOf(id, operation);
      child.send({ id, operation, params });
      return answer as never;
    },
    close: async () => {
      // By itself it ends in good order, and writes a profile if it was asked to.
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), closeTimeoutMs);
      await child;
      clearTimeout(timer);
    },
  };
}
