import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../harness/eventually.js";
import { Content } from "./content.js";
import { Pace } from "./pace.js";
import { StreamHistory } from "./stream-history.js";
import { planStream, type StreamPlan } from "./stream-plan.js";
import { startCheckingTarget } from "./target.js";
import { visit } from "./visit.js";

const seed = 7;
const plan: StreamPlan = {
  ...planStream(seed, 1, 1),
  pattern: "duplex",
  mode: "at-once",
  uploadBytes: 300_000,
  downloadBytes: 300_000,
  endsLast: false,
  readBytesPerSecond: Number.POSITIVE_INFINITY,
  pauseMs: 0,
  quit: undefined,
};

/** How a path treats what passes from one side to the other; gives what to send on, or ends the direction itself. */
type Lie = (bytes: Buffer, at: number, to: Socket) => Buffer | undefined;

const honest: Lie = (bytes) => bytes;
const changesByte: Lie = (bytes, at) => {
  const copy = Buffer.from(bytes);
  if (at === 0) copy[40] = (copy[40] ?? 0) ^ 1;
  return copy;
};
const cutsShort: Lie = (bytes, at, to) => {
  if (at < 100_000) return bytes;
  if (to.writable) to.end();
  return undefined;
};
const resets: Lie = (bytes, at, to) => {
  if (at < 100_000) return bytes;
  to.resetAndDestroy();
  return undefined;
};

/** Takes one stream over a path that lies, in the place of the nodes; gives what the checker says of it. */
async function carry(up: Lie, down: Lie): Promise<readonly string[]> {
  const history = new StreamHistory();
  const context = { content: new Content(seed), pace: new Pace(100_000_000) };
  const target = await startCheckingTarget(history, context);
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target.port, host: "127.0.0.1", allowHalfOpen: true });
    join(near, far, up);
    join(far, near, down);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  await visit(plan, (server.address() as AddressInfo).port, history, context);
  await eventually("the stream is over", () => history.openStreams === 0);
  history.finish();
  return history.violations.map(({ what }) => what);
}

function join(from: Socket, to: Socket, lie: Lie): void {
  let at = 0;
  from.on("error", () => {});
  from.on("close", () => from.readableEnded || to.destroyed || to.resetAndDestroy());
  from.on("end", () => to.writable && to.end());
  from.on("data", (bytes) => {
    const passed = lie(bytes, at, to);
    at += bytes.length;
    if (passed !== undefined && to.writable) to.write(passed);
  });
}

describe("the checker, over a path that lies", () => {
  it("has nothing to say of an honest one", async () => {
    expect(await carry(honest, honest)).toEqual([]);
  });

  it("finds a changed byte in either direction [history-verdict]", async () => {
    const changedDown = await carry(honest, changesByte);
    expect(changedDown[0]).toMatch(/visitor received a wrong byte at offset 40$/);
    const changedUp = await carry(changesByte, honest);
    expect(changedUp[0]).toMatch(/target received a wrong byte at offset 12$/);
  });

  it("finds a direction that ends in good order too early [history-verdict]", async () => {
    expect((await carry(honest, cutsShort)).join()).toMatch(/visitor was cut short in silence/);
    expect((await carry(cutsShort, honest)).join()).toMatch(/target was cut short in silence/);
  });

  it("finds a reset without a cause [history-verdict]", async () => {
    expect((await carry(honest, resets)).join()).toMatch(/lost without a cause/);
  });
});

describe("plans", () => {
  it("are the same for the same seed, and others for another", () => {
    expect(planStream(3, 2, 1)).toEqual(planStream(3, 2, 1));
    expect(planStream(4, 2, 1)).not.toEqual(planStream(3, 2, 1));
    expect(planStream(3, 1, 2)).not.toEqual({ ...planStream(3, 2, 1), id: planStream(3, 1, 2).id });
  });
});
