import { type Address, formatRoute, isCulvertError, type Route, request, type WorkerHost } from "@x/core";
import { channelIdentity, createIdentity, identityChecker, memoryVault, type OwnIdentity } from "@x/identity";
import { startInlet, startOutlet } from "@x/portal-tcp";
import { startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node, type NodeListener, startHop, startUppercase } from "@x/routing";
import { onlyIdentifiers, openChannel, startChannelListener } from "@x/secure-channel";
import { tcp } from "@x/transport-tcp";
import { expectEqual, type Narrator } from "./narrator.js";
import { download, fetchHead, startWebService, type WebService } from "./web-service.js";

/** What the story is told with. */
export interface StoryOptions {
  /** Size of the download during which the relay dies, in MiB. Default 256: long enough to be caught in the middle. */
  readonly downloadMiB?: number;
}

const defaultDownloadMiB = 256;
const relayPauseMs = 1_000;

/** The cast: a reachable node, a private one, the visitor's, and somebody's web service. */
interface Cast {
  n1: Node;
  n2: Node;
  n3: Node;
  listener: NodeListener;
  web: WebService;
  /** What the story opened on the nodes, to be closed before them. */
  readonly opened: AsyncDisposable[];
}

/**
 * Tells the whole story: a node that dials out becomes reachable through a relay, and a web service behind it through a portal.
 * Never rejects; what did not hold is counted by the narrator.
 */
export async function tellStory(narrator: Narrator, options: StoryOptions = {}): Promise<void> {
  narrator.say(
    "Culvert: three nodes. n2 is reachable; n3 is private and only dials out; n1 is the visitor's.\n",
  );
  const cast = await raise(narrator, options.downloadMiB ?? defaultDownloadMiB);
  if (cast === undefined) return;
  const worker = await tellMessages(narrator, cast);
  if (worker !== undefined) await tellPortals(narrator, cast, worker);
  await narrator.step("everything is closed", async () => {
    for (const each of cast.opened.reverse()) await each[Symbol.asyncDispose]();
    await Promise.all([cast.n1.close(), cast.n2.close(), cast.n3.close()]);
    cast.web.close();
  });
}

async function raise(narrator: Narrator, downloadMiB: number): Promise<Cast | undefined> {
  const nodes = await narrator.step(
    "node n2 listens; nodes n1 and n3 do not",
    async () => {
      const [n1, n2, n3] = ["n1", "n2", "n3"].map((name) => createNode({ name, transports: [tcp()] }));
      if (!n1 || !n2 || !n3) throw new Error("Expected three nodes");
      startRelayService(n2);
      startHop(n3, { exposure: "network" });
      startUppercase(n3, { exposure: "network" });
      return { n1, n2, n3, listener: await n2.listen("tcp#127.0.0.1:0") };
    },
    ({ listener }) => `n2 listens on ${listener.address}`,
  );
  const web = await narrator.step(
    "a web service runs beside n3",
    () => startWebService(downloadMiB),
    (service) => `http://${service.where}/`,
  );
  return nodes && web && { ...nodes, web, opened: [] };
}

async function tellMessages(narrator: Narrator, cast: Cast): Promise<Address | undefined> {
  const { n1, n3, listener, opened } = cast;
  await narrator.step(
    "n3 dials out to n2 and asks for a relay",
    async () => {
      const connection = await n3.connect(listener.address);
      const client = startRelayClient(n3, { name: "n3", route: [connection.worker, "relay"] });
      opened.push(client);
      await client.whenUp(AbortSignal.timeout(5_000));
      return client;
    },
    (client) => `n2 now relays from ${client.remoteAddress} to n3`,
  );
  const connection = await narrator.step(
    "n1 connects to n2",
    () => n1.connect(listener.address),
    ({ worker }) => `/worker/${worker}`,
  );
  if (connection === undefined) return undefined;
  await narrator.step(
    "n1 sends hello to n3's uppercase worker, through the relay",
    async () => {
      const text = await ask(n1, [connection.worker, "forward_to_n3", "uppercase"], "hello");
      expectEqual(text, "HELLO", "the reply");
      return text;
    },
    (text) => text,
  );
  await narrator.step(
    "a message to nobody is refused at once, by name",
    () => expectRefusal(n1, connection.worker),
    String,
  );
  await tellSecrecy(narrator, cast, [connection.worker, "forward_to_n3"]);
  return connection.worker;
}

/** n2 passes on what it can neither read nor change. */
async function tellSecrecy(narrator: Narrator, { n1, n3, opened }: Cast, way: Route): Promise<void> {
  const vault = memoryVault();
  const [visitor, owner] = [await createIdentity(vault), await createIdentity(vault)];
  const trust = (own: OwnIdentity, other: OwnIdentity) => ({
    identity: channelIdentity(own),
    identities: identityChecker(),
    authorize: onlyIdentifiers([other.identifier]),
  });
  const channel = await narrator.step(
    "n1 opens a secure channel to n3, through the relay",
    async () => {
      opened.push(startChannelListener(n3, "api", trust(owner, visitor)));
      const made = await openChannel(n1, [...way, "api"], trust(visitor, owner));
      opened.push(made);
      expectEqual(made.peer.identifier, owner.identifier, "who is at the other end");
      return made;
    },
    ({ peer }) => `proven to be ${peer.identifier.slice(0, 16)}…`,
  );
  if (channel === undefined) return;
  await narrator.step(
    "n1 sends hello through the channel; n2 sees only bytes",
    async () => {
      const text = await ask(n1, [channel.address, "uppercase"], "hello");
      expectEqual(text, "HELLO", "the reply");
      return text;
    },
    (text) => text,
  );
}

async function expectRefusal(node: Node, worker: Address): Promise<string> {
  try {
    await ask(node, [worker, "forward_to_n3", "nobody"], "hello");
  } catch (error) {
    if (!isCulvertError(error)) throw error;
    expectEqual(error.code, "WORKER_NOT_FOUND", "the error's code");
    expectEqual(error.hop, "nobody", "the error's hop");
    return `${error.code}: ${error.message}`;
  }
  throw new Error("Expected a refusal, but a reply came");
}

async function ask(host: WorkerHost, onwardRoute: readonly Address[], text: string): Promise<string> {
  const reply = await request(host, onwardRoute, text, { timeoutMs: 5_000 });
  return reply.text();
}

async function tellPortals(narrator: Narrator, cast: Cast, worker: Address): Promise<void> {
  await narrator.step(
    "an outlet on n3 leads to the web service",
    async () => {
      const outlet = startOutlet(cast.n3, { target: cast.web.where });
      cast.opened.push(outlet);
      return outlet;
    },
    (outlet) => `/service/${outlet.address} → ${outlet.target}`,
  );
  for (const route of [
    [worker, "forward_to_n3", "hop", "outlet"],
    [worker, "forward_to_n3", "outlet"],
  ]) {
    const inlet = await narrator.step(
      `an inlet on n1 leads to the outlet by ${formatRoute(route.slice(1))}`,
      () => startInlet(cast.n1, { listen: "127.0.0.1:0", routes: [route] }),
      ({ where }) => `listens on ${where}`,
    );
    if (inlet === undefined) continue;
    cast.opened.push(inlet);
    await narrator.step(
      `curl --head ${inlet.where}`,
      async () => {
        const status = await fetchHead(inlet.where);
        expectEqual(status, "HTTP/1.1 200 OK", "the status");
        return status;
      },
      (status) => status,
    );
    if (route.length === 3) await tellRelayDeath(narrator, cast, inlet.where);
  }
}

async function tellRelayDeath(narrator: Narrator, cast: Cast, where: string): Promise<void> {
  await narrator.step(
    "the relay node dies during a download, comes back a second later, and the download completes byte for byte",
    async () => {
      let death: Promise<void> | undefined;
      const hash = await download(where, (bytes) => {
        if (bytes > 8 * 1_048_576) death ??= restartRelay(cast);
      });
      if (death === undefined)
        throw new Error("Expected the download to be long enough for the relay to die in it");
      await death;
      expectEqual(hash, cast.web.downloadHash, "the SHA-256 of the download");
      return hash;
    },
    (hash) => `SHA-256 ${hash}`,
  );
}

async function restartRelay(cast: Cast): Promise<void> {
  const { address } = cast.listener;
  await cast.n2.close();
  await new Promise((resolve) => setTimeout(resolve, relayPauseMs));
  cast.n2 = createNode({ name: "n2", transports: [tcp()] });
  startRelayService(cast.n2);
  cast.listener = await cast.n2.listen(address);
}
