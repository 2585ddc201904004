import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Operations, RoleAnswer } from "./serve-role.js";

/** The names of the role processes: files in `src/roles`. */
export type RoleName =
  | "culvert-node"
  | "delay-proxy"
  | "load-client"
  | "load-server"
  | "message-receiver"
  | "message-sender"
  | "pipe-proxy";

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
    params: Parameters<T[K]>[0],
  ): Promise<Awaited<ReturnType<T[K]>>>;
  /** Ends the process. Safe to call twice; it is killed if it does not end within 2 s. */
  close(): Promise<void>;
}

const closeTimeoutMs = 2_000;

/** Longest run of one operation, in milliseconds. The longest planned one, registering 10,000 relays, takes some 10 s. */
const callTimeoutMs = 90_000;

/**
 * Starts a role in a process of its own, with the options of Node this process has, so that `node --cpu-prof` profiles all.
 * `--expose-gc` lets memory rows collect garbage before they look.
 */
export async function startRole<T extends Operations>(name: RoleName): Promise<Role<T>> {
  const path = fileURLToPath(new URL(`./roles/${name}.js`, import.meta.url));
  const child = fork(path, [], { execArgv: [...process.execArgv, "--expose-gc"], serialization: "advanced" });
  const calls = new PendingCalls(name, child);
  await calls.ready;
  return {
    pid: child.pid ?? 0,
    call: async (operation, params) => (await calls.send(operation, params)) as never,
    close: () => endChild(child),
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), closeTimeoutMs);
  if (child.connected) child.disconnect();
  await ended;
  clearTimeout(timer);
}

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer?: NodeJS.Timeout;
}

class PendingCalls {
  readonly ready: Promise<unknown>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 1;

  constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.ready = new Promise((resolve, reject) => this.#pending.set(0, { resolve, reject }));
    child.on("message", (answer: RoleAnswer) => this.#settle(answer));
    child.on("exit", (code, signal) => this.#fail(`it ended with ${signal ?? code}`));
    child.on("error", (error) => this.#fail(error.message));
  }

  send(operation: string, params: unknown): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error(`Cannot call role ${this.#name}: it ended`));
      const late = new Error(`Role ${this.#name} did not finish ${operation} within ${callTimeoutMs} ms`);
      const timer = setTimeout(() => reject(late), callTimeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      this.#child.send({ id, operation, params });
    });
  }

  #settle(answer: RoleAnswer): void {
    const call = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    clearTimeout(call?.timer);
    if (answer.error === undefined) call?.resolve(answer.result);
    else call?.reject(new Error(`Role ${this.#name} failed: ${answer.error}`));
  }

  #fail(reason: string): void {
    for (const call of this.#pending.values()) {
      clearTimeout(call.timer);
      call.reject(new Error(`Cannot call role ${this.#name}: ${reason}`));
    }
    this.#pending.clear();
  }
}
