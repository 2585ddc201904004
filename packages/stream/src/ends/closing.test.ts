import { describe, expect, it } from "vitest";
import { defaultStreamSettings } from "../machine/stream-settings.js";
import { streamResources } from "../resources/stream-resources.js";
import { connectPair, until } from "../testing/chains.js";
import { QuietEnd } from "../testing/quiet-end.js";
import type { Carrier } from "./local-end.js";
import { createAcceptor, defaultAcceptorLimits } from "./stream-acceptor.js";
import { createOpener, defaultOpenerLimits } from "./stream-opener.js";

describe("an end that is closed", () => {
  it("gives back all that it had of what the node's streams share, also when local ends close later", async () => {
    const { near, far, routeTo, connection } = await connectPair();
    const carriers: Carrier[] = [];
    const acceptor = createAcceptor(far, {
      address: "end",
      type: "stream",
      limits: defaultAcceptorLimits,
      attach: (carrier) => {
        carriers.push(carrier);
        return new QuietEnd();
      },
    });
    const opener = createOpener(near, {
      routes: [routeTo("end"), routeTo("nobody")],
      type: "stream",
      limits: { ...defaultOpenerLimits, connectionWaitMs: 60_000 },
      asksWhenIdle: true,
    });
    for (let count = 0; count < 10; count++) {
      const attach = (carrier: Carrier): QuietEnd => {
        carriers.push(carrier);
        return new QuietEnd();
      };
      const carrier = opener.open({ settings: defaultStreamSettings, attach });
      carrier.write(new Uint8Array(100_000));
      carrier.start();
    }
    await until(() => acceptor.streams === 10, "the streams");
    // Nobody hears of the resets.
    await connection.close();
    const reason = { code: "ABORTED", text: "" } as const;
    await Promise.all([
      opener.close(reason),
      opener.close(reason),
      acceptor.close(reason),
      acceptor.close(reason),
    ]);
    for (const carrier of carriers) {
      carrier.write(new Uint8Array(10));
      carrier.end();
      carrier.localClosed();
    }
    for (const node of [near, far]) {
      const { budget, wakeups, hops } = node.shared(streamResources);
      expect(wakeups.planned).toBe(0);
      expect(budget.usedBytes).toBe(0);
      expect(hops.size).toBe(0);
    }
  });
});
