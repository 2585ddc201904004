import { type Agent, startAgent } from "./agent.js";
import { type Culvert, deleteAbandonedHomes, openCulvert } from "./culvert.js";
import { type Line, openLine } from "./line.js";
import { deleteAbandonedNamespaces, type Namespace, openNamespace } from "./namespace.js";
import { type NatKind, routerRules } from "./router-rules.js";

/** The public host's address. */
export const publicAddress = "10.77.0.1";

/** The address both homes' hosts have, each in its own home. */
export const privateAddress = "192.168.1.10";

const routerPrivateAddress = "192.168.1.1";

/** A computer of the laboratory, with the command and state folder of its own. */
export interface Host extends Culvert {
  readonly namespace: Namespace;
  readonly agent: Agent;
}

/** A home: one host behind a router that lets nothing in. */
export interface Home extends Host {
  readonly router: Namespace;
  readonly line: Line;
  /** The router's address in the public network, now. */
  address(): string;
  /** The provider gives the router another address. */
  moveTo(address: string): Promise<void>;
  /** The router forgets all its mappings, as if it had been switched off and on. */
  forgetMappings(): Promise<void>;
}

/**
 * A public host and two homes. Both homes use the same private addresses.
 *
 * ```text
 * home a: host 192.168.1.10 -- router 192.168.1.1 | 10.77.0.2 -- line --+
 *                                                                       +-- public host 10.77.0.1
 * home b: host 192.168.1.10 -- router 192.168.1.1 | 10.77.0.3 -- line --+
 * ```
 */
export interface Lab {
  readonly host: Host;
  readonly a: Home;
  /** Its router's mappings are symmetric. */
  readonly b: Home;
  /** Ends all processes and deletes all namespaces. Safe to call twice. */
  close(): Promise<void>;
}

/** Makes a laboratory. What was made is deleted again when it fails. */
export async function openLab(): Promise<Lab> {
  await deleteAbandonedNamespaces();
  deleteAbandonedHomes();
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const open = async (role: string): Promise<Namespace> => {
    const namespace = await openNamespace(role);
    closers.push(() => namespace.close());
    return namespace;
  };
  const asHost = (namespace: Namespace): Host => {
    const agent = startAgent(namespace.name);
    closers.push(() => agent.close());
    const culvert = openCulvert(namespace);
    closers.push(() => culvert.close());
    return { namespace, agent, ...culvert };
  };
  const openHome = async (role: string, street: Namespace, address: string, kind: NatKind): Promise<Home> => {
    const [inside, router, line] = [
      await open(role),
      await open(`${role}-router`),
      await open(`${role}-line`),
    ];
    await joinHome({ inside, router, line, street }, role);
    await setUpHome(inside, router, address, kind);
    return { ...asHost(inside), router, line: await openLine(line), ...routerControl(router, address) };
  };
  try {
    const street = await open("public");
    await street.run("ip link add street type bridge");
    await street.run(`ip address add ${publicAddress}/24 dev street`);
    await street.run("ip link set street up");
    const homes = [
      openHome("a", street, "10.77.0.2", "plain"),
      openHome("b", street, "10.77.0.3", "symmetric"),
    ] as const;
    // When one fails, the other must not go on behind the cleaning up.
    await Promise.allSettled(homes);
    const [a, b] = await Promise.all(homes);
    return { host: asHost(street), a, b, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface HomePlaces {
  readonly inside: Namespace;
  readonly router: Namespace;
  readonly line: Namespace;
  readonly street: Namespace;
}

/** Lays the cables of a home: host to router, router to line, line to street. */
async function joinHome({ inside, router, line, street }: HomePlaces, role: string): Promise<void> {
  await cable(inside, "lan", router, "lan");
  await cable(router, "wan", line, "near");
  await cable(line, "far", street, `home-${role}`);
  await street.run(`ip link set home-${role} master street`);
}

async function cable(one: Namespace, end: string, other: Namespace, otherEnd: string): Promise<void> {
  await one.run(`ip link add ${end} type veth peer name ${otherEnd} netns ${other.name}`);
  const ends = [
    [one, end],
    [other, otherEnd],
  ] as const;
  for (const [place, name] of ends) {
    await place.run(`ip link set ${name} up`);
    // Packets must be complete and of line size where a program reads them off the line.
    await place.exec("ethtool", ["-K", name, "tx", "off", "tso", "off", "gso", "off", "gro", "off"]);
  }
}

async function setUpHome(
  inside: Namespace,
  router: Namespace,
  address: string,
  kind: NatKind,
): Promise<void> {
  await inside.run(`ip address add ${privateAddress}/24 dev lan`);
  await inside.run(`ip route add default via ${routerPrivateAddress}`);
  await router.run(`ip address add ${routerPrivateAddress}/24 dev lan`);
  await router.run(`ip address add ${address}/24 dev wan`);
  await router.run("sysctl -qw net.ipv4.ip_forward=1");
  const { code, stderr } = await router.exec("nft", ["-f", "-"], routerRules(kind));
  if (code !== 0) throw new Error(`nft refuses the router's rules: ${stderr}`);
}

function routerControl(
  router: Namespace,
  first: string,
): Pick<Home, "address" | "moveTo" | "forgetMappings"> {
  let address = first;
  return {
    address: () => address,
    moveTo: async (next) => {
      await router.run(`ip address del ${address}/24 dev wan`);
      await router.run(`ip address add ${next}/24 dev wan`);
      address = next;
    },
    forgetMappings: async () => void (await router.run("conntrack -F")),
  };
}
