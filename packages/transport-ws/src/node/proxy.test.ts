import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ws, wss } from "../node.js";
import { parsePlace } from "../place.js";
import { resolveSettings } from "../settings.js";
import { newCertificate } from "../test-certificate.js";
import { testListener } from "../test-ends.js";
import { proxyFor } from "./proxy.js";

const servers: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});

/** An HTTP proxy that lets CONNECT through, and what it was asked. */
async function proxy(password?: string): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer();
  server.on("connect", (request, near, head) => {
    asked.push(request.url ?? "");
    const wanted = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
    if (password !== undefined && request.headers["proxy-authorization"] !== wanted) {
      near.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const to = new URL(`tcp://${request.url}`);
    const far = connect(Number(to.port), to.hostname);
    far.on("error", () => near.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    far.on("connect", () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.write(head);
      near.pipe(far).pipe(near);
    });
    near.on("error", () => far.destroy());
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as AddressInfo).port, asked };
}

describe("dial() through an HTTP proxy", () => {
  it("asks for the place, and carries frames", async () => {
    const { port, asked } = await proxy();
    await using far = await testListener({}, "/culvert");
    await using near = await ws({ proxy: `http://127.0.0.1:${port}` }).dial(far.listener.where);
    expect(asked).toEqual([far.listener.where.replace("/culvert", "")]);
    const answer = new Promise<Uint8Array>((resolve) => {
      near.start({ onFrame: (frame) => void resolve(frame), onClose: () => {} });
    });
    await vi.waitFor(() => expect(far.accepted).toHaveLength(1));
    await far.accepted[0]?.send([Buffer.from("hi")]);
    expect(Buffer.from(await answer).toString()).toBe("hi");
  });

  it("speaks TLS with the place and not with the proxy", async () => {
    const { port, asked } = await proxy();
    const tls = newCertificate();
    await using listener = await wss({ tls }).listen("127.0.0.1:0", { onConnection: () => {} });
    const options = { proxy: `http://127.0.0.1:${port}`, tls: { ca: tls.cert } };
    await (await wss(options).dial(listener.where)).close();
    expect(asked).toEqual([listener.where]);
  });

  it("says its password, and shows it nobody", async () => {
    const { port } = await proxy("secret");
    await using far = await testListener();
    await (await ws({ proxy: `http://ann:secret@127.0.0.1:${port}` }).dial(far.listener.where)).close();
    const refused = ws({ proxy: `http://ann:other@127.0.0.1:${port}` }).dial(far.listener.where);
    const error = await refused.catch((reason: Error) => reason);
    expect(error).toMatchObject({
      code: "TRANSPORT_FAILED",
      message: expect.stringContaining("answered 407"),
    });
    expect(String(error)).not.toContain("other");
  });

  it("tells that nobody listens at the place, and that there is no proxy", async () => {
    const { port } = await proxy();
    await using far = await testListener();
    await far.listener.close();
    const refused = { code: "CONNECTION_REFUSED" };
    await expect(ws({ proxy: `http://127.0.0.1:${port}` }).dial(far.listener.where)).rejects.toMatchObject(
      refused,
    );
    const gone = new URL(far.url).port;
    await expect(ws({ proxy: `http://127.0.0.1:${gone}` }).dial("relay.example")).rejects.toMatchObject(
      refused,
    );
  });

  it("gives up a proxy that says nothing", async () => {
    const server = createServer().on("connect", () => {});
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const dialling = ws({ proxy: `http://127.0.0.1:${port}`, dialTimeoutMs: 300 }).dial("relay.example");
    await expect(dialling).rejects.toMatchObject({ code: "CONNECTION_TIMED_OUT" });
    server.closeAllConnections();
  });
});

describe("the proxy of the environment", () => {
  const proxyOf = (where: string, scheme: "ws" | "wss" = "wss"): ReturnType<typeof proxyFor> =>
    proxyFor(parsePlace(scheme, where, 1), resolveSettings("wss()", {}));

  it("is taken, but for this machine and what NO_PROXY names", () => {
    for (const name of ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "ALL_PROXY"])
      vi.stubEnv(name, "");
    vi.stubEnv("HTTPS_PROXY", "http://ann:p%40ss@proxy.example:3128");
    vi.stubEnv("HTTP_PROXY", "");
    vi.stubEnv("NO_PROXY", "intern.example,10.0.0.1");
    const authorization = `Basic ${Buffer.from("ann:p@ss").toString("base64")}`;
    expect(proxyOf("relay.example/x")).toEqual({ host: "proxy.example", port: 3128, authorization });
    for (const own of [
      "localhost:1",
      "127.0.0.1:1",
      "[::1]:1",
      "a.intern.example",
      "intern.example",
      "10.0.0.1",
    ]) {
      const expected = own === "a.intern.example" ? "proxy.example" : undefined;
      expect(proxyOf(own)?.host).toBe(expected);
    }
    expect(proxyOf("relay.example", "ws")).toBeUndefined();
    vi.stubEnv("HTTPS_PROXY", "[fd00::1]:3128");
    expect(proxyOf("relay.example")).toEqual({ host: "fd00::1", port: 3128, authorization: undefined });
    vi.stubEnv("HTTPS_PROXY", "socks5://proxy.example:1080");
    expect(() => proxyOf("relay.example")).toThrow(expect.objectContaining({ code: "TRANSPORT_FAILED" }));
  });

  it("is left aside when told so", () => {
    vi.stubEnv("HTTPS_PROXY", "http://proxy.example:3128");
    expect(
      proxyFor(parsePlace("wss", "relay.example", 1), resolveSettings("wss()", { proxy: false })),
    ).toBeUndefined();
  });
});
