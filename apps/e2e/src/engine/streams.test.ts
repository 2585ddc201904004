import { describe, expect, it } from "vitest";
import { startSocket } from "../harness/clients.js";
import { type Lie, startFaultyTcp } from "../harness/faulty-tcp.js";
import { startTarget } from "../harness/targets.js";
import { Streams, untilOver } from "./streams.js";
import { judge } from "./verdict.js";

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
async function carry(dialler: Lie, listener: Lie): Promise<string> {
  const streams = new Streams();
  const strangers: string[] = [];
  streams.onStranger = (_side, why) => strangers.push(why);
  const target = await startTarget(streams.serve);
  const { port } = await startFaultyTcp(target.port, { dialler, listener });
  const sizes = { uploadBytes: 300_000, downloadBytes: 300_000, contentSeed: 7 };
  const plan = { id: 1, pattern: "duplex", mode: "at-once", ...sizes } as const;
  const stream = await streams.begin(plan, () => startSocket(port));
  await untilOver(stream);
  const { outcome, violations } = judge({ ...stream, target: stream.target }, []);
  return [outcome, ...violations, ...strangers].join("; ");
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
