import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execaNode } from "execa";
import type { Closable } from "./command.js";
import type { Operations, RoleAnswer } from "./serve-role.js";

/** The repository of the build that runs. */
export const ownBuild: string = fileURLToPath(new URL("../../../../", import.meta.url));

/** A process of the bench, driven by calls. */
export interface Role<T extends Operations> extends Closable {
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
}

/** Longest run of one operation, in milliseconds. The longest planned one, registering 10,000 relays, takes some 10 s. */
const callTimeoutMs = 90_000;

/** How long a process may take to end by itself, and write a profile if it was asked to, before it is killed. */
const closeTimeoutMs = 2_000;

/**
 * Starts a file of `src/roles` in a process of its own, which ends with `opened`. `--expose-gc` lets memory rows collect garbage.
 *
 * @param build the repository whose build is run. Names and messages of roles stay as they are, so that builds can be compared.
 */
export async function startRole<T extends Operations>(
  opened: Closable[],
  name: string,
  build: string = ownBuild,
): Promise<Role<T>> {
  const child = execaNode(join(build, "apps/bench/dist/roles", `${name}.js`), {
    nodeOptions: [...process.execArgv, "--expose-gc"],
    stdio: ["ignore", "inherit", "inherit"],
    buffer: false,
    reject: false,
    ipc: true,
  });
  const answerOf = async (id: number, what: string): Promise<unknown> => {
    const late = sleep(callTimeoutMs, { error: `no answer within ${callTimeoutMs} ms` }, { ref: false });
    const answer = child.getOneMessage({ filter: (message) => (message as RoleAnswer).id === id });
    const { error, result } = (await Promise.race([answer, late])) as RoleAnswer;
    if (error === undefined) return result;
    throw new Error(`Role ${name} failed at ${what}: ${error}`);
  };
  let calls = 0;
  const role: Role<T> = {
    pid: child.pid ?? 0,
    call: async (operation, ...[params]) => {
      const id = ++calls;
      const [answer] = await Promise.all([
        answerOf(id, operation),
        child.sendMessage({ id, operation, params: params ?? null }),
      ]);
      return answer as never;
    },
    close: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), closeTimeoutMs);
      await child;
      clearTimeout(timer);
    },
  };
  opened.push(role);
  await answerOf(0, "its start");
  return role;
}
