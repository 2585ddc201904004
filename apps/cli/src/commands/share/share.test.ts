import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Culvert, collect, culvert, untilText } from "../../../test-support/culvert.js";
import { until } from "../../../test-support/runtimes.js";
import { Ticket } from "../../authority/ticket.js";

// Real processes on a machine that may be busy.
const timeout = 90_000;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const page = () => listening(createHttpServer((_request, response) => response.end("the page")));

/** A home that relays, and where it does. */
async function relay(cli: Culvert): Promise<string> {
  await cli.ok("node create relay");
  const shown = await cli.json<{ route: { verbose: string } }>("node show relay");
  return `127.0.0.1:${shown.route.verbose.split("/").at(-1)}`;
}

async function get(where: string): Promise<string> {
  const response = await fetch(`http://${where}/`, { signal: AbortSignal.timeout(8_000) });
  return response.text();
}

interface Shared {
  readonly name: string;
  readonly ticket: string;
}

/** Shares something in the background, and puts the ticket into a file. */
async function shareTo(
  cli: Culvert,
  other: Culvert,
  line: string,
): Promise<Shared & { readonly file: string }> {
  const shared = await cli.json<Shared>(`share ${line} --detach`);
  const file = join(other.home, "..", `ticket-${shared.name}`);
  writeFileSync(file, `${shared.ticket}\n`);
  return { ...shared, file };
}

interface Opened {
  readonly name: string;
  readonly services: readonly { readonly name: string; readonly bind_addr: string }[];
  readonly is_first_use: boolean;
}

const open = (cli: Culvert, file: string, more = "") => cli.json<Opened>(`open ${file} --detach ${more}`);

async function ended(child: ChildProcess): Promise<number | null> {
  return (await collect(child)).code;
}

describe("share and open", { timeout }, () => {
  it("lead from one home to another by way of a relay, and leave nothing when they are stopped", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    await using far = await culvert();
    const [via, port] = [await relay(hub), await page()];
    const shared = await shareTo(near, far, `${port} --via ${via} --name web`);
    expect(await near.json("share list")).toMatchObject([
      { name: "web", services: [`127.0.0.1:${port}`], status: "running" },
    ]);
    // It opens no port, and is no node that other commands mean.
    expect(await near.json("node show share-web")).toMatchObject({ route: { verbose: null } });
    const opened = await open(far, shared.file);
    expect(opened).toMatchObject({ name: "web", is_first_use: true });
    expect(await get(opened.services[0]?.bind_addr ?? "")).toBe("the page");
    expect(await far.json("open list")).toMatchObject([{ name: "web", status: "running" }]);
    // A node that is made later has nothing to do with it.
    await far.ok("node create mine");
    expect(await far.json("secure-channel-listener list --at mine")).toMatchObject([
      { address: "/service/api" },
    ]);
    await near.ok("share stop web");
    await expect(get(opened.services[0]?.bind_addr ?? "")).rejects.toThrow();
    const again = await far.run(`open ${shared.file} --detach`);
    expect([again.code, again.stdout]).toEqual([69, ""]);
    await far.ok("open stop web");
    for (const [cli, nodes] of [
      [near, []],
      [far, ["mine"]],
    ] as const) {
      const listed = await cli.json<readonly { node_name: string }[]>("node list");
      expect(listed.map(({ node_name }) => node_name)).toEqual(nodes);
    }
    expect(await near.json("identity list")).toEqual([]);
  });

  it("share with one alone when that is wanted, tell the others, and carry several services", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    await using far = await culvert();
    await using late = await culvert();
    const via = await relay(hub);
    const [one, two] = [await page(), await page()];
    const { file } = await shareTo(near, far, `${one} localhost:${two} --via ${via} --name dev --once`);
    const { services } = await open(far, file);
    expect(services.map(({ name }) => name)).toEqual([`127.0.0.1:${one}`, `localhost:${two}`]);
    for (const { bind_addr } of services) expect(await get(bind_addr)).toBe("the page");
    const refused = await late.run(`open ${file} --detach`);
    expect(refused).toMatchObject({ stdout: "", stderr: expect.stringContaining("TICKET_REFUSED") });
    expect(await late.json("node list")).toEqual([]);
    const many = await shareTo(near, far, `${one} --via ${via} --name many`);
    expect(await open(far, many.file)).toMatchObject({ is_first_use: true });
    expect(await open(late, many.file)).toMatchObject({ is_first_use: false });
  });

  it("lead through a pipe, without a port or a node", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    await using far = await culvert();
    const via = await relay(hub);
    const echo = await listening(
      createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket)),
    );
    const { file } = await shareTo(near, far, `${echo} ${await page()} --via ${via} --name two`);
    expect(await far.run(`pipe ${file}`, { input: "x" })).toMatchObject({ code: 64, stdout: "" });
    const piped = await far.run(`pipe ${file} --service 127.0.0.1:${echo}`, { input: "there and back" });
    expect(piped).toMatchObject({ code: 0, stdout: "there and back" });
    expect(await far.json("node list")).toEqual([]);
  });

  it("let in nobody who has the way and no ticket", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    await using stranger = await culvert();
    const via = await relay(hub);
    const { ticket } = await shareTo(near, stranger, `${await page()} --via ${via} --name web`);
    const [, address] = Ticket.parse(ticket).routes[0] ?? [];
    const way = `/ip4/127.0.0.1/tcp/${via.split(":")[1]}/service/${address}`;
    for (const route of [`${way}/service/echo`, `${way}/secure/api/service/echo`]) {
      expect((await stranger.run(`message send hi --to ${route}`)).stderr).toContain("ACCESS_DENIED");
    }
    for (const route of [`${way}/service/service-1`, `${way}/secure/api/service/service-1`]) {
      const made = await stranger.run(`tcp-inlet create --to ${route} --connection-wait 1s`);
      expect(made.stderr).toContain("ACCESS_DENIED");
    }
    const register = await stranger.run(`relay create x --at ${way}/secure/api`);
    expect(register.stderr).toContain("ACCESS_DENIED");
  });

  it("end by themselves when their time is over, with all that was opened", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    await using far = await culvert();
    const [via, port] = [await relay(hub), await page()];
    const seconds = 12;
    const { file } = await shareTo(near, far, `${port} --via ${via} --name brief --expires-in ${seconds}s`);
    const opened = far.start(`open ${file}`);
    let said = "";
    opened.stderr?.on("data", (part: Buffer) => {
      said += part.toString();
    });
    const where = await untilText(opened.stdout, /^127\.0\.0\.1:\d+$/m);
    expect(await get(where)).toBe("the page");
    expect(await ended(opened)).toBe(0);
    expect(said).toContain("brief has ended");
    await expect(get(where)).rejects.toThrow();
    await until(
      async () => (await near.json<readonly { status: string }[]>("share list"))[0]?.status === "stopped",
    );
    expect((await near.run("node start share-brief")).stderr).toContain("it was made to end at");
    expect((await far.run(`open ${file}`)).code).toBe(69);
    await near.ok("share stop");
  });

  it("last as long as their commands, which end them in good order", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    await using far = await culvert();
    const [via, port] = [await relay(hub), await page()];
    const sharing = near.start(`share ${port} --via ${via} --name web`);
    sharing.stderr?.resume();
    const ticket = await untilText(sharing.stdout, /culvert1_\S+/);
    const opening = far.start("open -");
    opening.stderr?.resume();
    opening.stdin?.end(ticket);
    const where = await untilText(opening.stdout, /^127\.0\.0\.1:\d+$/m);
    expect(await get(where)).toBe("the page");
    const ends = Promise.all([ended(opening), ended(sharing)]);
    opening.kill("SIGINT");
    sharing.kill("SIGINT");
    expect(await ends).toEqual([0, 0]);
    for (const cli of [near, far]) expect(await cli.json("node list")).toEqual([]);
  });

  it("say what is wrong, and make nothing then", async () => {
    await using cli = await culvert();
    const port = await page();
    const failing = async (line: string): Promise<readonly [number | null, string]> => {
      const { code, stderr } = await cli.run(line);
      return [code, stderr];
    };
    expect(await failing("share")).toEqual([64, expect.stringContaining("give a port")]);
    expect(await failing(`share ${port}`)).toEqual([64, expect.stringContaining("CULVERT_RELAY")]);
    expect(await failing(`share ${port} --via 127.0.0.1:1`)).toEqual([
      69,
      expect.stringContaining("CONNECTION_REFUSED"),
    ]);
    expect(await failing("open culvert1_xyz")).toEqual([64, expect.stringContaining("TICKET_INVALID")]);
    expect(await cli.json("node list")).toEqual([]);
    expect(await cli.json("identity list")).toEqual([]);
  });

  it("say what a port answers as before they share it", async () => {
    await using hub = await culvert();
    await using near = await culvert();
    const via = await relay(hub);
    const ssh = await listening(
      createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-test\r\n")),
    );
    const redis = await listening(
      createServer((socket) => {
        socket
          .on("error", () => {})
          .on("data", (data) => void (`${data}` === "PING\r\n" && socket.end("+PONG\r\n")));
      }),
    );
    const { stderr, code } = await near.run(`share ${ssh} ${redis} --via ${via} --name risky --detach`);
    expect(code).toBe(0);
    expect(stderr).toContain(`Look at 127.0.0.1:${ssh} once more, it answers as ssh`);
    expect(stderr).toContain(`Look at 127.0.0.1:${redis} once more, it answers as Redis without a password`);
  });
});
