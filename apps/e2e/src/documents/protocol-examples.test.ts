import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { on, once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Connection, Transport } from "@x/core";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import { afterEach, describe, expect, it } from "vitest";
import { readProtocol, readProtocolExamples } from "./protocol-examples.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const protocol = await readProtocol();
const sections = await readProtocolExamples();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The bytes shown for a name under the heading "Examples of …". */
function shown(what: string, name: string): Buffer {
  const section = sections.find(({ heading }) => heading === `### Examples of ${what}`);
  return Buffer.from(section?.bytes.get(name) ?? `PROTOCOL.md shows no ${name}`, "hex");
}

async function listen(transport: Transport): Promise<{ port: number; accepted: Promise<Connection> }> {
  let accept: (connection: Connection) => void;
  const accepted = new Promise<Connection>((resolve) => {
    accept = resolve;
  });
  const onConnection = (connection: Connection): void => {
    connection.start({ onFrame: () => undefined, onClose: () => undefined });
    accept(connection);
  };
  const listener = await transport.listen("127.0.0.1:0", { onConnection });
  cleanups.push(() => listener.close());
  return { port: Number(listener.where.split(":")[1]), accepted };
}

async function dial(transport: Transport, port: number): Promise<Connection> {
  const connection = await transport.dial(`127.0.0.1:${port}`);
  cleanups.push(() => connection.close());
  connection.start({ onFrame: () => undefined, onClose: () => undefined });
  return connection;
}

describe("the examples of PROTOCOL.md for TCP", () => {
  /** Reads from a plain socket, so many bytes at a time. */
  function reader(socket: Socket): (length: number) => Promise<Buffer> {
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    return async (length) => {
      for (;;) {
        const bytes: Buffer | null = socket.read(length);
        if (bytes !== null) return bytes;
        await once(socket, "readable");
      }
    };
  }

  /** A control frame, from the table that lists them. */
  function control(name: string): Buffer {
    const [, hex = ""] = new RegExp(`^\\| ${name} \\| \`([0-9a-f ]+)\` \\|`, "m").exec(protocol) ?? [];
    return Buffer.from(hex.replaceAll(" ", ""), "hex");
  }

  it("are what a listener sends: hello, pong, frame, goodbye", async () => {
    const { port, accepted } = await listen(tcp());
    const socket = connect(port, "127.0.0.1");
    const read = reader(socket);
    const hello = shown("TCP", "hello");
    expect(await read(hello.length)).toEqual(hello);
    socket.write(Buffer.concat([hello, control("ping")]));
    expect(await read(4)).toEqual(control("pong"));
    const connection = await accepted;
    void connection.send([Buffer.from("hi")]);
    expect(await read(6)).toEqual(shown("TCP", "data"));
    void connection.close();
    expect(await read(4)).toEqual(control("goodbye"));
  });

  it("are what a dialler sends: hello, and a ping when it has nothing to say", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    cleanups.push(() => server.close());
    await once(server, "listening");
    const accepted = once(server, "connection");
    const dialled = dial(tcp({ pingIntervalMs: 100 }), (server.address() as AddressInfo).port);
    const [socket] = (await accepted) as [Socket];
    const read = reader(socket);
    const hello = shown("TCP", "hello");
    expect(await read(hello.length)).toEqual(hello);
    socket.write(hello);
    await dialled;
    expect(await read(4)).toEqual(control("ping"));
  });

  it("are what a listener without room sends", async () => {
    const { port } = await listen(tcp({ maxConnections: 1 }));
    await dial(tcp(), port);
    const full = shown("TCP", "full");
    expect(await reader(connect(port, "127.0.0.1"))(full.length)).toEqual(full);
  });
});

describe("the examples of PROTOCOL.md for UDP", () => {
  const exampleId = Buffer.from("3132333435363738", "hex");

  /** A plain socket that speaks to whoever spoke to it last, and reads datagrams in order. */
  async function plainSocket(): Promise<{
    readonly socket: UdpSocket;
    /** The next datagram, with the connection id of the examples in it. */
    next(length?: number): Promise<Buffer>;
    /** Sends the bytes of an example, with the connection id of this connection in them. */
    say(name: string): void;
    talkTo(port: number): void;
  }> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    cleanups.push(() => socket.close());
    await once(socket, "listening");
    const datagrams = on(socket, "message");
    let id = exampleId;
    let peer = 0;
    return {
      socket,
      talkTo: (port) => {
        peer = port;
      },
      say: (name) => {
        const bytes = Buffer.from(shown("UDP", name));
        id.copy(bytes, 4);
        socket.send(bytes, peer, "127.0.0.1");
      },
      next: async (length) => {
        const [bytes, from] = (await datagrams.next()).value as [Buffer, RemoteInfo];
        peer = from.port;
        id = Buffer.from(bytes.subarray(4, 12));
        exampleId.copy(bytes, 4);
        return bytes.subarray(0, length);
      },
    };
  }

  it("are what a dialler sends: hellos, ping, frame, fragments, goodbye", async () => {
    const { socket, next, say } = await plainSocket();
    const dialled = dial(udp({ pingIntervalMs: 100 }), socket.address().port);
    expect(await next()).toEqual(shown("UDP", "first hello"));
    say("cookie");
    expect(await next()).toEqual(shown("UDP", "second hello"));
    say("welcome");
    const connection = await dialled;
    expect(await next()).toEqual(shown("UDP", "ping"));
    void connection.send([Buffer.from("hi")]);
    expect(await next()).toEqual(shown("UDP", "frame"));
    void connection.send([Buffer.alloc(1_201)]);
    expect(await next(24)).toEqual(shown("UDP", "fragment"));
    expect(await next(24)).toEqual(shown("UDP", "last fragment"));
    void connection.close();
    expect(await next()).toEqual(shown("UDP", "goodbye"));
  });

  it("are what a listener sends: cookie, welcome, pong, unknown", async () => {
    const { port } = await listen(udp());
    const { socket, next, say, talkTo } = await plainSocket();
    talkTo(port);
    say("first hello");
    const cookie = await next();
    // The cookie itself is the listener's secret; what stands around it is not.
    expect(cookie.subarray(0, 12)).toEqual(shown("UDP", "cookie").subarray(0, 12));
    expect(cookie.length).toBe(shown("UDP", "cookie").length);
    const hello = shown("UDP", "second hello");
    cookie.copy(hello, 20, 12);
    socket.send(hello, port, "127.0.0.1");
    expect(await next()).toEqual(shown("UDP", "welcome"));
    say("ping");
    expect(await next()).toEqual(shown("UDP", "pong"));
    say("goodbye");
    say("frame");
    expect(await next()).toEqual(shown("UDP", "unknown"));
  });
});

describe("PROTOCOL.md", () => {
  const tests = ["packages", "apps"]
    .flatMap((kind) =>
      readdirSync(`${root}${kind}`, { recursive: true, encoding: "utf8" }).map(
        (path) => `${root}${kind}/${path}`,
      ),
    )
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
    .map((path) => readFileSync(path, "utf8"))
    .filter((text) => text.includes("PROTOCOL.md"));

  it.each(sections.flatMap(({ heading, bytes }) => [...bytes.keys()].map((name) => ({ heading, name }))))(
    "$heading: a test reads the bytes of $name",
    ({ heading, name }) => {
      const what = heading.slice("### Examples of ".length);
      const mentions = new RegExp(`shown\\("${what}", "${name}"\\)|^ *"?${name}"?: |"${name}"`, "m");
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
    expect(blocks.filter(([, language]) => language !== "hex")).toHaveLength(sections.length);
    expect(protocol.match(/^[a-z ]+:\n {2}[0-9a-f]/gm)).toHaveLength(read);
    const prose = protocol.replaceAll(/^```.*?^```$/gms, "");
    const spans = [...prose.matchAll(/`((?:[0-9a-f]{2} ?){5,})`/g)].map(([, hex = ""]) =>
      hex.replaceAll(" ", ""),
    );
    expect(spans.filter((hex) => hex.length !== 32 && hex !== "3132333435363738")).toEqual([]);
  });
});
