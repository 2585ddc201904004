import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openWorkspace, type Workspace } from "../harness/workspace.js";
import { type Line, openLine } from "./line.js";
import { deleteAbandonedNamespaces, type Namespace, openNamespace } from "./namespace.js";

/** The public host's address. */
export const publicAddress = "10.77.0.1";

/** The address both homes' hosts have, each in its own home. */
export const privateAddress = "192.168.1.10";

const routerPrivateAddress = "192.168.1.1";

/** A computer of the laboratory, with the command and a state folder of its own. */
export interface Host extends Workspace {
  readonly namespace: Namespace;
}

/** A home: one host behind a router that lets nothing in. */
export interface Home extends Host {
  readonly router: Namespace;
  readonly line: Line;
  /** The router's address in the public network, now. */
  address(): string;
  /** The provider gives the router another address. */
  moveTo(address: string): Promise<void>;
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
  /** Its router's mappings are symmetric: a random port for each connection. */
  readonly b: Home;
}

/** Makes a laboratory. It ends with what runs. */
export async function openLab(): Promise<Lab> {
  await deleteAbandonedNamespaces();
  const street = await openNamespace("public");
  await street.run("ip link add street type bridge", `ip address add ${publicAddress}/24 dev street`);
  await street.run("ip link set street up");
  return {
    host: openHost(street),
    a: await openHome("a", street, "10.77.0.2", ""),
    b: await openHome("b", street, "10.77.0.3", " fully-random"),
  };
}

function openHost(namespace: Namespace): Host {
  return { namespace, ...openWorkspace({ prefix: namespace.enter }) };
}

async function openHome(role: string, street: Namespace, first: string, mapping: string): Promise<Home> {
  const inside = await openNamespace(role);
  const router = await openNamespace(`${role}-router`);
  const line = await openNamespace(`${role}-line`);
  await cable(inside, "lan", router, "lan");
  await cable(router, "wan", line, "near");
  await cable(line, "far", street, `home-${role}`);
  await street.run(`ip link set home-${role} master street`);
  const host = openHost(inside);
  const rules = join(host.home, "rules.nft");
  writeFileSync(rules, routerRules(mapping));
  let address = first;
  await inside.run(
    `ip address add ${privateAddress}/24 dev lan`,
    `ip route add default via ${routerPrivateAddress}`,
  );
  await router.run(
    `ip address add ${routerPrivateAddress}/24 dev lan`,
    `ip address add ${address}/24 dev wan`,
  );
  await router.run("sysctl -qw net.ipv4.ip_forward=1", `nft -f ${rules}`);
  const moveTo = async (next: string): Promise<void> => {
    await router.run(`ip address del ${address}/24 dev wan`, `ip address add ${next}/24 dev wan`);
    address = next;
  };
  return { ...host, router, line: await openLine(line), address: () => address, moveTo };
}

async function cable(one: Namespace, end: string, other: Namespace, otherEnd: string): Promise<void> {
  await one.run(`ip link add ${end} type veth peer name ${otherEnd} netns ${other.name}`);
  // Packets must be complete and of line size where a program reads them off the line.
  const whole = "tx off tso off gso off gro off";
  await one.run(`ip link set ${end} up`, `ethtool -K ${end} ${whole}`);
  await other.run(`ip link set ${otherEnd} up`, `ethtool -K ${otherEnd} ${whole}`);
}

/** The rules of a home's router, for `nft -f`: everything goes out under its own address, and nothing comes in unasked. */
function routerRules(mapping: string): string {
  return `
table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade${mapping}
  }
}
table ip filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" oifname "wan" accept
  }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname "wan" ct state established,related accept
    iifname "wan" drop
  }
}
`;
}
