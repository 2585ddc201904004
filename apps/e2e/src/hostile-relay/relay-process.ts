import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Address } from "@x/core";
import { onFinished } from "../harness/on-finished.js";
import { within } from "../harness/waiting.js";

const path = fileURLToPath(new URL("../../dist/hostile-relay/relay.js", import.meta.url));

/** A relay in a process of its own. */
export interface RelayProcess {
  readonly pid: number;
  readonly address: Address;
  /** Has it do something else with what passes, by the name of an attack. Gives how many messages passed so far. */
  order(attack: string): Promise<{ readonly passed: number }>;
  /** Ends it without a word, and resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a relay on this loopback port or a free one. It passes on what comes until it is told something else. */
export async function startRelayProcess(port = 0): Promise<RelayProcess> {
  const child = fork(path, [`${port}`], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  onFinished(kill);
  const told = async <T>(): Promise<T> => {
    const [message] = (await within("the relay answers", once(child, "message"))) as [T];
    return message;
  };
  const { address } = await told<{ address: Address }>();
  const order = async (attack: string) => {
    const answer = told<{ passed: number }>();
    child.send(attack);
    return answer;
  };
  return { pid: child.pid ?? 0, address, order, kill };
}
