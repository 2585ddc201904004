import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Culvert, culvert, type ShownNode } from "../../../test-support/culvert.js";
import { Ticket } from "../../authority/ticket.js";
import type { StoredCredentialView } from "../credential/credential-view.js";

// Real processes on a machine that may be busy.
const timeout = 120_000;

const failed = (code: number, text: string | RegExp): object => ({
  code,
  stdout: "",
  stderr: typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text),
});

interface TicketJson {
  readonly ticket: string;
  readonly authority: string;
  readonly routes: readonly string[];
}

/** Enrolls a home with a ticket from standard input. */
async function enroll(
  cli: Culvert,
  ticket: string,
): Promise<StoredCredentialView & { is_first_use: boolean }> {
  return JSON.parse(await cli.ok("enroll - --output json", { input: `${ticket}\n` }));
}

describe("authority, ticket and enroll", { timeout }, () => {
  it("make a home a member, whose nodes trust members alone, behind a relay that sees nothing [members-only]", async () => {
    await using hub = await culvert();
    await using home = await culvert();
    await using office = await culvert();
    await using stranger = await culvert();
    const made = await hub.json<ShownNode & { identifier: string }>("authority create");
    expect(made).toMatchObject({ name: "authority", status: "running" });
    expect(made.services).toContainEqual({ addr: "authority", type: "authority" });
    expect(await hub.ok("identity show authority")).toBe(made.identifier);
    const ticket = await hub.json<TicketJson>(
      "ticket create --attribute role=web --usage-count 3 --expires-in 1h",
    );
    const [, port] = /\/tcp\/(\d+)/.exec(made.route.verbose ?? "") ?? [];
    expect(ticket).toMatchObject({
      authority: made.identifier,
      routes: [`/ip4/127.0.0.1/tcp/${port}/service/api`],
      attributes: { role: "web" },
      usage_count: 3,
    });
    const first = await enroll(home, ticket.ticket);
    const subject = await home.ok("identity show");
    expect(first).toMatchObject({
      issuer: made.identifier,
      subject,
      attributes: { role: "web" },
      is_first_use: true,
    });
    expect((await enroll(office, ticket.ticket)).is_first_use).toBe(false);
    // The relay is a member too, so that others register with it and nobody else.
    expect((await enroll(hub, ticket.ticket)).subject).not.toBe(made.identifier);
    expect(await stranger.run("enroll -", { input: ticket.ticket })).toMatchObject(
      failed(70, /it is spent[\s\S]+TICKET_REFUSED/),
    );
    expect(await home.json("credential list")).toMatchObject([
      { issuer: made.identifier, attributes: { role: "web" } },
    ]);
    // New nodes believe the authority.
    await hub.ok("node create relay");
    const relay = (await hub.json<ShownNode>("node show relay")).route.verbose?.replace(
      "/dnsaddr/localhost",
      "/ip4/127.0.0.1",
    );
    await home.ok("node create n1");
    await home.ok(["relay", "create", "n1", "--at", `${relay}`, "--to", "n1"]);
    const echo = `${relay}/service/forward_to_n1/secure/api/service/uppercase`;
    expect(await office.ok(["message", "send", "hello", "--to", echo])).toBe("HELLO");
    await office.ok("node create n2");
    expect(await office.ok(["message", "send", "hello", "--from", "n2", "--to", echo])).toBe("HELLO");
    const refused = await stranger.run(["message", "send", "hello", "--to", echo]);
    expect(refused).toMatchObject(failed(69, /no valid credential[\s\S]+CHANNEL_REFUSED/));
    const log = await readFile(await home.ok("node logs n1"), "utf8");
    expect(log).toContain(await stranger.ok("identity show"));
    // No secret is in what nodes keep or write.
    const secret = Ticket.parse(ticket.ticket).secret();
    const files = [await hub.ok("node logs authority"), join(hub.home, "state/authority/authority.json")];
    for (const file of files) {
      const text = await readFile(file, "utf8");
      expect(text).toContain(subject);
      expect(text).not.toContain(secret);
    }
  });

  it("renew members, and keep them and tickets when the authority is killed", async () => {
    await using hub = await culvert();
    await using home = await culvert();
    const { pid } = await hub.json<ShownNode>("authority create --credential-ttl 3s");
    const ticket = await hub.ok("ticket create");
    const second = await hub.ok("ticket create");
    const { created_at } = await enroll(home, ticket);
    process.kill(pid as number, "SIGKILL");
    await expect.poll(() => hub.ok("node list --jq .[0].status")).toBe("stopped");
    await hub.ok("node start authority");
    await home.ok("node create n1");
    const renewed = async (): Promise<boolean> => {
      const [credential] = await home.json<StoredCredentialView[]>("credential list");
      return credential !== undefined && credential.created_at > created_at && !credential.is_expired;
    };
    await expect.poll(renewed, { timeout: 20_000 }).toBe(true);
    await using office = await culvert();
    await enroll(office, second);
    expect(await office.run("enroll -", { input: ticket })).toMatchObject(failed(70, "TICKET_REFUSED"));
  });

  it("take tickets from files, standard input, the environment, and with a warning as arguments [ticket-hidden]", async () => {
    await using hub = await culvert();
    await using home = await culvert();
    await hub.ok("authority create");
    const ticket = await hub.ok("ticket create");
    expect(ticket).toMatch(/^culvert1_[\w-]+$/);
    const file = join(home.home, "../ticket");
    await writeFile(file, `${ticket}\n`);
    await home.ok(["enroll", file]);
    const argument = await home.run(["enroll", ticket]);
    expect(argument).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("warning: A ticket among the arguments"),
    });
    const env = { CULVERT_TICKET: ticket };
    const fromEnvironment = await home.run("enroll", { env });
    expect(fromEnvironment).toMatchObject({ code: 0, stderr: expect.not.stringContaining("arguments") });
    expect(await home.ok("environment", { env })).not.toContain(ticket);
    await home.ok("node create n1", { env });
    const { pid } = await home.json<ShownNode>("node show n1");
    if (process.platform === "linux")
      expect(await readFile(`/proc/${pid}/environ`, "utf8")).not.toContain(ticket);
    expect(await home.run("enroll")).toMatchObject(failed(64, "CULVERT_TICKET"));
    expect(await home.run("enroll /none")).toMatchObject(failed(64, "no such file"));
    expect(await home.run(["enroll", ticket.slice(0, -3)])).toMatchObject(failed(64, "TICKET_INVALID"));
    const cut = await home.run("enroll -", { input: ticket.slice(0, -3) });
    expect(cut).toMatchObject(failed(64, /missing or mistyped[\s\S]+TICKET_INVALID/));
    await hub.ok("node delete --all --yes");
    expect((await home.run("enroll -", { input: ticket })).code).toBe(69);
  });

  it("let one of several in who come at once with a ticket for one, also through a relay [ticket-once]", async () => {
    await using hub = await culvert();
    await hub.ok("authority create");
    const relay = (await hub.json<ShownNode>("node create relay")).route.verbose as string;
    await hub.ok(["relay", "create", "authority", "--at", relay, "--to", "authority"]);
    const route = `${relay}/service/forward_to_authority/service/api`;
    const ticket = await hub.ok(["ticket", "create", "--route", route]);
    const hop = expect.stringMatching(/^tcp#/);
    expect(Ticket.parse(ticket).routes).toEqual([[hop, "forward_to_authority", "api"]]);
    const homes = await Promise.all(Array.from({ length: 3 }, () => culvert()));
    try {
      const runs = await Promise.all(homes.map((home) => home.run("enroll -", { input: ticket })));
      expect(runs.map(({ code }) => code).sort()).toEqual([0, 70, 70]);
      for (const { code, stderr } of runs) if (code === 70) expect(stderr).toContain("TICKET_REFUSED");
    } finally {
      for (const home of homes) await home[Symbol.asyncDispose]();
    }
    // An authority with members is not created anew by mistake.
    await hub.ok("node stop authority");
    expect(await hub.run("authority create")).toMatchObject(
      failed(73, "culvert authority create authority --replace"),
    );
    await hub.ok("authority create --replace");
    await hub.ok("node stop authority");
    await hub.ok("authority create");
  });

  it("list members, and let go of them: they get no credential any more", async () => {
    await using hub = await culvert();
    await using home = await culvert();
    expect(await hub.run("member list")).toMatchObject(failed(69, "authority create"));
    const admin = await hub.ok("identity create admin");
    await hub.ok([
      "authority",
      "create",
      "--trusted-identities",
      JSON.stringify({ [admin]: { role: "admin" } }),
    ]);
    const { subject } = await enroll(
      home,
      await hub.ok("ticket create --attribute role=web --usage-count 2"),
    );
    expect(await hub.json("member list")).toEqual([
      { identifier: admin, attributes: { role: "admin" }, is_trusted: true },
      { identifier: subject, attributes: { role: "web" }, is_trusted: false },
    ]);
    expect(await hub.ok("member list --output plain")).toMatch(
      /Attributes +role="web"\n {2}Came by +a ticket$/,
    );
    expect(await hub.run(`member delete ${subject}`)).toMatchObject(failed(64, "--yes"));
    expect(await hub.json(`member delete ${subject} --yes`)).toEqual({ identifier: subject });
    expect(await hub.run(`member delete ${subject} --yes`)).toMatchObject(failed(69, "not found"));
    expect(await hub.run(`member delete ${admin} --yes`)).toMatchObject(
      failed(70, "named when the authority"),
    );
    expect(await hub.json("member list")).toHaveLength(1);
  });

  it("make members without a ticket, say what is wrong, and leave other nodes alone", async () => {
    await using hub = await culvert();
    expect(await hub.run("ticket create")).toMatchObject(failed(69, "authority create"));
    for (const [json, reason] of [
      ["{", "no JSON"],
      ["[]", "no object"],
      ['{"I12":{}}', "no identifier"],
      [`{"I${"0".repeat(64)}":[]}`, "is no object"],
      [`{"I${"0".repeat(64)}":{"a":1}}`, "no plain text"],
      [`{"I${"0".repeat(64)}":{"__proto__":"x"}}`, "no name of an attribute"],
    ])
      expect(await hub.run(["authority", "create", "--trusted-identities", json as string])).toMatchObject(
        failed(64, reason as string),
      );
    expect(await hub.run("authority create --credential-ttl 0")).toMatchObject(
      failed(64, "--credential-ttl"),
    );
    const admin = await hub.ok("identity create admin");
    const trusted = JSON.stringify({ [admin]: { role: "admin" } });
    expect(
      await hub.ok(["authority", "create", "a1", "--identity", "boss", "--trusted-identities", trusted]),
    ).toBe("a1");
    expect(await hub.ok("identity show boss")).toMatch(/^I/);
    expect(await hub.run("identity delete boss --yes")).toMatchObject(failed(70, "node a1"));
    for (const [option, reason] of [
      ["--usage-count 0", "1 to 10000"],
      ["--expires-in 0", "--expires-in"],
      ["--expires-in 367d", "366 days"],
      ["--attribute identifier=x", "no name of an attribute"],
      ["--relay a/b", "relay name"],
      ["--route /service/api", "does not lead"],
      ["--at n9", "not found"],
    ])
      expect((await hub.run(`ticket create ${option}`)).stderr).toContain(reason);
    const shown = await hub.json<TicketJson & { attributes: object }>(
      "ticket create --relay web --route /dnsaddr/relay.example/tcp/7000/service/forward_to_a1/secure/api",
    );
    expect(shown).toMatchObject({
      attributes: { "culvert-relay": "web" },
      routes: ["/dnsaddr/relay.example/tcp/7000/service/forward_to_a1/service/api"],
    });
    await hub.ok("node create n1");
    expect(await hub.run("ticket create --at n1")).toMatchObject(failed(69, "node n1 is none"));
    await hub.ok("authority create a2 --identity boss");
    expect(await hub.run("ticket create")).toMatchObject(failed(64, "a1, a2"));
  });
});
