import { readFileSync } from "node:fs";
import * as routing from "@x/routing";
import { MemoryNetwork, memory } from "@x/transport-memory";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import { describe, expect, it } from "vitest";
import { readAll, someBytes, testNode } from "../testing/chains.js";
import { startLossyProxy } from "../testing/lossy-proxy.js";
import { acceptStreams } from "./accept-streams.js";
import { openStream } from "./open-stream.js";

/** The program of the README. */
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const program = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1] ?? "";

/** Runs the program over another transport than the one it names, and returns what it prints. */
async function run(
  transport: string,
  make: () => unknown,
  onListen = (address: string) => Promise.resolve(address),
): Promise<unknown> {
  const body = program
    .replaceAll(/^import .*$/gm, "")
    .replaceAll("tcp()", "transport()")
    .replace("tcp#", `${transport}#`)
    .replace("near.connect(address)", "near.connect(await onListen(address))");
  const printed: unknown[] = [];
  const names = {
    ...routing,
    acceptStreams,
    openStream,
    transport: make,
    onListen,
    console: { log: (text: unknown) => printed.push(text) },
  };
  const AsyncFunction = (async () => {}).constructor as new (
    ...of: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
  return printed;
}

describe("the program of the README", () => {
  it("has 20 lines at most", () => {
    const lines = program.split("\n").filter((line) => line !== "" && !line.startsWith("import"));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(20);
  });

  it("prints HELLO over memory", async () => {
    const network = new MemoryNetwork();
    expect(await run("memory", () => memory({ network }))).toEqual(["HELLO"]);
  });

  it("prints HELLO over TCP", async () => {
    expect(await run("tcp", () => tcp())).toEqual(["HELLO"]);
  });

  it("prints HELLO over UDP that loses 5 % of the datagrams", async () => {
    const throughProxy = async (address: string): Promise<string> =>
      `udp#${await startLossyProxy(address.slice("udp#".length), 0.05)}`;
    expect(await run("udp", () => udp(), throughProxy)).toEqual(["HELLO"]);
  });
});

describe("a stream over UDP that loses 5 % of the datagrams", () => {
  it("carries a megabyte both ways, byte for byte", async () => {
    const far = testNode(udp());
    const near = testNode(udp());
    acceptStreams(far, "echo", ({ readable, writable }) => readable.pipeTo(writable));
    const { address } = await far.listen("udp#127.0.0.1:0");
    const proxy = await startLossyProxy(address.slice("udp#".length), 0.05);
    const { worker } = await near.connect(`udp#${proxy}`);
    const stream = openStream(near, [worker, "echo"]);
    const bytes = someBytes(1_000_000);
    const writer = stream.writable.getWriter();
    const written = writer.write(bytes).then(() => writer.close());
    expect((await readAll(stream.readable)).equals(bytes)).toBe(true);
    await written;
    await stream.closed;
  });
});
