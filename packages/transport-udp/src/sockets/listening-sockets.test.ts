import { networkInterfaces } from "node:os";
import type { Connection, Listener } from "@x/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressScanMs, maxLocalAddresses } from "../limits.js";
import { udp } from "../udp.js";

vi.mock("node:os", async (importOriginal) => ({
  ...(await importOriginal<object>()),
  networkInterfaces: vi.fn(),
}));

let listener: Listener | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});

afterEach(async () => {
  vi.useRealTimers();
  await listener?.close();
  listener = undefined;
});

/** The machine has these addresses from now on. */
function haveAddresses(...addresses: string[]): void {
  const infos = addresses.map((address) => ({ address, family: address.includes(":") ? "IPv6" : "IPv4" }));
  vi.mocked(networkInterfaces).mockReturnValue({ lo: infos } as unknown as ReturnType<
    typeof networkInterfaces
  >);
}

async function listen(where: string): Promise<{ port: string; accepted: Connection[] }> {
  const accepted: Connection[] = [];
  listener = await udp().listen(where, { onConnection: (connection) => void accepted.push(connection) });
  return { port: listener.where.slice(listener.where.lastIndexOf(":") + 1), accepted };
}

// Elsewhere loopback has one address alone.
describe.skipIf(process.platform !== "linux")("a UDP listener on all addresses", () => {
  it("answers from the address that was asked", async () => {
    haveAddresses("127.0.0.1", "127.0.0.2");
    const { port, accepted } = await listen("0.0.0.0:0");
    expect(listener?.where).toBe(`0.0.0.0:${port}`);
    // A dialled socket takes answers from the address that it dialled alone.
    for (const address of ["127.0.0.1", "127.0.0.2"]) {
      const connection = await udp({ dialTimeoutMs: 2_000 }).dial(`${address}:${port}`);
      await connection.close();
    }
    expect(accepted.map(({ localWhere }) => localWhere)).toEqual([`127.0.0.1:${port}`, `127.0.0.2:${port}`]);
  });

  it("follows addresses that come and go, and keeps one that is in use", async () => {
    haveAddresses("127.0.0.1", "127.0.0.2");
    const { port } = await listen("0.0.0.0:0");
    const used = await udp().dial(`127.0.0.1:${port}`);
    haveAddresses("127.0.0.3");
    await vi.advanceTimersByTimeAsync(addressScanMs);
    const late = await udp({ dialTimeoutMs: 2_000 }).dial(`127.0.0.3:${port}`);
    await expect(udp({ dialTimeoutMs: 2_000 }).dial(`127.0.0.2:${port}`)).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
    });
    await udp().dial(`127.0.0.1:${port}`);
    await Promise.all([used.close(), late.close()]);
  });

  it("takes a port for taken that is in use on one address", async () => {
    haveAddresses("127.0.0.1", "127.0.0.2");
    const { port } = await listen("127.0.0.2:0");
    await expect(udp().listen(`0.0.0.0:${port}`, { onConnection: () => {} })).rejects.toMatchObject({
      code: "LISTEN_ADDRESS_TAKEN",
    });
  });

  it.each([
    ["has none that is known", 0],
    ["has more than are bound one by one", maxLocalAddresses + 1],
  ])("has one socket where the machine %s", async (_, count) => {
    haveAddresses(...Array.from({ length: count }, (__, i) => `127.1.0.${i + 1}`));
    const { port, accepted } = await listen("0.0.0.0:0");
    await (await udp().dial(`127.0.0.1:${port}`)).close();
    expect(accepted[0]?.localWhere).toBe(`0.0.0.0:${port}`);
  });

  it("takes [::] for the addresses of both families", async () => {
    haveAddresses("127.0.0.1");
    const { port } = await listen("[::]:0");
    await (await udp().dial(`127.0.0.1:${port}`)).close();
    expect(listener?.where).toBe(`[::]:${port}`);
  });
});
