import { openStream } from "@x/stream";
import { describe, expect, it } from "vitest";
import { echoServer, startListening } from "../../../test-support/runtimes.js";

describe("pipe.open", { timeout: 60_000 }, () => {
  it("lends an address that takes one stream, and is gone after it", async () => {
    const [home, hop] = await startListening("home");
    const [away] = await startListening("away");
    await home.operations["tcp-outlet.create"]({ to: await echoServer() });
    const lent = await home.operations["pipe.open"]({ route: ["outlet"], timeoutMs: 5000 });
    expect(lent.address).toMatch(/^[0-9a-f]{32}$/);
    const { worker } = await away.node.connect(hop);
    const stream = openStream(away.node, [worker, lent.address]);
    const writer = stream.writable.getWriter();
    await writer.write(new TextEncoder().encode("hello"));
    const closing = writer.close();
    expect(await new Response(stream.readable).text()).toBe("hello");
    await closing;
    await stream.closed;
    await expect.poll(() => home.node.workers().some(({ address }) => address === lent.address)).toBe(false);
    await expect(openStream(away.node, [worker, lent.address]).closed).rejects.toMatchObject({
      code: "WORKER_NOT_FOUND",
    });
  });
});
