import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSocket } from "../harness/clients.js";
import { startTarget } from "../harness/targets.js";
import { Streams, untilOver } from "./streams.js";
import { judge } from "./verdict.js";

/** How a path treats what passes from one side to the other; gives what to send on, or ends the direction itself. */
type Lie = (bytes: Buffer, at: number, to: Socket) => Buffer | undefined;

const honest: Lie = (bytes) => bytes;
const changesByte: Lie = (bytes, at) => {
  const copy = Buffer.from(bytes);
  if (at === 0) copy[40] = (copy[40] ?? 0) ^ 1;
  return copy;
};
const changesHeader: Lie = (bytes, at) =>
  at === 0 ? Buffer.concat([Buffer.of(1), bytes.subarray(1)]) : bytes;
const cutsShort: Lie = (bytes, at, to) => {
  if (at < 100_000) return bytes;
  if (to.writable) to.end();
  return undefined;
};
const resets: Lie = (bytes, at, to) => {
  if (at >= 100_000) to.resetAndDestroy();
  return at < 100_000 ? bytes : undefined;
};

/** Takes one stream over a path that lies, in the place of the nodes; gives what the checker says of it. */
async function carry(up: Lie, down: Lie): Promise<string> {
  const streams = new Streams();
  const strangers: string[] = [];
  streams.onStranger = (_side, why) => strangers.push(why);
  const target = await startTarget(streams.serve);
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target.port, host: "127.0.0.1", allowHalfOpen: true });
    join(near, far, up);
    join(far, near, down);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const sizes = { uploadBytes: 300_000, downloadBytes: 300_000, contentSeed: 7 };
  const enter = (): Socket => startSocket((server.address() as AddressInfo).port);
  const stream = await streams.begin({ id: 1, pattern: "duplex", mode: "at-once", ...sizes }, enter);
  await untilOver(stream);
  const { outcome, violations } = judge({ ...stream, target: stream.target }, []);
  return [outcome, ...violations, ...strangers].join("; ");
}

function join(from: Socket, to: Socket, lie: Lie): void {
  let at = 0;
  from.on("error", () => {});
  from.on("close", () => from.readableEnded || to.destroyed || to.resetAndDestroy());
  from.on("end", () => to.writable && to.end());
  from.on("data", (bytes: Buffer) => {
    const passed = lie(bytes, at, to);
    at += bytes.length;
    if (passed !== undefined && to.writable) to.write(passed);
  });
}

describe("streams over a path that lies", () => {
  it("are exact when it does not", async () => {
    expect(await carry(honest, honest)).toBe("exact");
  });

  it("show a changed byte in either direction, and in the header [history-verdict]", async () => {
    expect(await carry(honest, changesByte)).toContain("visitor received a wrong byte at offset 40");
    expect(await carry(changesByte, honest)).toContain("target received a wrong byte at offset 28");
    expect(await carry(changesHeader, honest)).toContain("received a header that nobody sent");
  });

  it("show a direction that ends in good order too early [history-verdict]", async () => {
    expect(await carry(honest, cutsShort)).toContain("visitor was cut short in silence");
    expect(await carry(cutsShort, honest)).toContain("target was cut short in silence");
  });

  it("show a reset without a cause [history-verdict]", async () => {
    expect(await carry(honest, resets)).toContain("lost without a cause");
  });
});
