import { createSocket, type RemoteInfo } from "node:dgram";
import { on, once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Connection, deferred, type Transport } from "@x/core";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "../packages/installer.js";
import { readProtocol, readProtocolExamples } from "./protocol-examples.js";

const protocol = await readProtocol();
const sections = await readProtocolExamples();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The bytes shown for a name under the heading "Examples of …", or in the table of control frames. */
function shown(what: string, name: string): Buffer {
  const section = sections.find(({ heading }) => heading === `### Examples of ${what}`);
  const [, control] = new RegExp(`^\\| ${name} \\| \`([0-9a-f ]+)\` \\|`, "m").exec(protocol) ?? [];
  const hex = section?.bytes.get(name) ?? control ?? `PROTOCOL.md shows no ${name}`;
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

const handlers = { onFrame: () => undefined, onClose: () => undefined };

async function listen(transport: Transport): Promise<{ port: number; accepted: Promise<Connection> }> {
  const accepted = deferred<Connection>();
  const onConnection = (connection: Connection): void => {
    connection.start(handlers);
    accepted.resolve(connection);
  };
  const listener = await transport.listen("127.0.0.1:0", { onConnection });
  cleanups.push(() => listener.close());
  return { port: Number(listener.where.split(":")[1]), accepted: accepted.promise };
}

async function dial(transport: Transport, port: number): Promise<Connection> {
  const connection = await transport.dial(`127.0.0.1:${port}`);
  cleanups.push(() => connection.close());
  connection.start(handlers);
  return connection;
}

describe("the examples of PROTOCOL.md for TCP", () => {
  /** A plain socket that expects examples and says some. */
  function talker(socket: Socket) {
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    const hears = async (name: string): Promise<void> => {
      const expected = shown("TCP", name);
      let bytes: Buffer | null = socket.read(expected.length);
      for (; bytes === null; bytes = socket.read(expected.length)) await once(socket, "readable");
      expect(bytes).toEqual(expected);
    };
    const says = (...names: readonly string[]): unknown =>
      socket.write(Buffer.concat(names.map((name) => shown("TCP", name))));
    return { hears, says };
  }

  it("are what a listener sends: hello, pong, frame, goodbye", async () => {
    const { port, accepted } = await listen(tcp());
    const { hears, says } = talker(connect(port, "127.0.0.1"));
    await hears("hello");
    says("hello", "ping");
    await hears("pong");
    const connection = await accepted;
    void connection.send([Buffer.from("hi")]);
    await hears("data");
    void connection.close();
    await hears("goodbye");
  });

  it("are what a dialler sends: hello, and a ping when it has nothing to say", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    cleanups.push(() => server.close());
    await once(server, "listening");
    const accepted = once(server, "connection");
    const dialled = dial(tcp({ pingIntervalMs: 100 }), (server.address() as AddressInfo).port);
    const { hears, says } = talker((await accepted)[0] as Socket);
    await hears("hello");
    says("hello");
    await dialled;
    await hears("ping");
  });

  it("are what a listener without room sends", async () => {
    const { port } = await listen(tcp({ maxConnections: 1 }));
    await dial(tcp(), port);
    await talker(connect(port, "127.0.0.1")).hears("full");
  });
});

describe("the examples of PROTOCOL.md for UDP", () => {
  const exampleId = Buffer.from("3132333435363738", "hex");

  /** A plain socket that speaks to whoever spoke to it last, and expects datagrams in order. */
  async function plainSocket(peer = 0) {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    cleanups.push(() => socket.close());
    await once(socket, "listening");
    const datagrams = on(socket, "message");
    let id: Buffer = exampleId;
    /** Sends the bytes of an example, with the connection id of this connection in them. */
    const says = (name: string, change = (_bytes: Buffer): unknown => undefined): void => {
      const bytes = Buffer.from(shown("UDP", name));
      id.copy(bytes, 4);
      change(bytes);
      socket.send(bytes, peer, "127.0.0.1");
    };
    /** Expects the bytes of an example, up to a length, in the next datagram. */
    const hears = async (name: string, length?: number): Promise<Buffer> => {
      const [bytes, from] = (await datagrams.next()).value as [Buffer, RemoteInfo];
      peer = from.port;
      id = Buffer.from(bytes.subarray(4, 12));
      exampleId.copy(bytes, 4);
      expect(bytes.subarray(0, length)).toEqual(shown("UDP", name).subarray(0, length));
      return bytes;
    };
    return { port: socket.address().port, hears, says };
  }

  it("are what a dialler sends: hellos, ping, frame, fragments, goodbye", async () => {
    const { port, hears, says } = await plainSocket();
    const dialled = dial(udp({ pingIntervalMs: 100 }), port);
    await hears("first hello");
    says("cookie");
    await hears("second hello");
    says("welcome");
    const connection = await dialled;
    await hears("ping");
    void connection.send([Buffer.from("hi")]);
    await hears("frame");
    void connection.send([Buffer.alloc(1_201)]);
    await hears("fragment", 24);
    await hears("last fragment", 24);
    void connection.close();
    await hears("goodbye");
  });

  it("are what a listener sends: cookie, welcome, pong, unknown", async () => {
    const { port } = await listen(udp());
    const { hears, says } = await plainSocket(port);
    says("first hello");
    // The cookie itself is the listener's secret; what stands around it is not.
    const cookie = await hears("cookie", 12);
    expect(cookie.length).toBe(shown("UDP", "cookie").length);
    says("second hello", (bytes) => cookie.copy(bytes, 20, 12));
    await hears("welcome");
    says("ping");
    await hears("pong");
    says("goodbye");
    says("frame");
    await hears("unknown");
  });
});

describe("PROTOCOL.md", () => {
  const tests = ["packages", "apps"]
    .flatMap((kind) =>
      readdirSync(join(root, kind), { recursive: true, encoding: "utf8" }).map((path) =>
        join(root, kind, path),
      ),
    )
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
    .map((path) => readFileSync(path, "utf8"))
    .filter((text) => text.includes("PROTOCOL.md"));

  it.each(sections.flatMap(({ heading, bytes }) => [...bytes.keys()].map((name) => ({ heading, name }))))(
    "$heading: a test reads the bytes of $name",
    ({ heading, name }) => {
      const what = heading.slice("### Examples of ".length);
      const mentions = new RegExp(`^ *"?${name}"?: |"${name}"`, "m");
      const readers = tests.filter((text) => text.includes(heading) || text.includes(`shown("${what}"`));
      expect(readers.some((text) => mentions.test(text))).toBe(true);
    },
  );

  it("shows bytes where tests read them, and nowhere else", () => {
    const blocks = [...protocol.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, , text = ""]) =>
      /[0-9a-f]{4}/.test(text),
    );
    const read = sections.flatMap(({ bytes }) => [...bytes.values()]).length;
    // Frames of messages stand between the text, each in a block of its own that the test of frames reads.
    expect(blocks.filter(([, language]) => language === "")).toHaveLength(sections.length);
    expect(protocol.match(/^[a-z ]+:\n {2}[0-9a-f]/gm)).toHaveLength(read);
    const prose = protocol.replaceAll(/^```.*?^```$/gms, "");
    const spans = [...prose.matchAll(/`((?:[0-9a-f]{2} ?){5,})`/g)].map(([, hex = ""]) =>
      hex.replaceAll(" ", ""),
    );
    expect(spans.filter((hex) => hex.length !== 32 && hex !== "3132333435363738")).toEqual([]);
  });
});
