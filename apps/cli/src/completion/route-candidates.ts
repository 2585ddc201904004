import type { Candidate } from "./candidate.js";

/** What live nodes tell of the ways between them. */
export interface RouteSource {
  nodeNames(): Promise<readonly string[]>;
  /** What a node has for the network to reach; none when it does not answer. */
  serviceNames(node: string): Promise<readonly string[]>;
  /** The relays that the nodes of this machine have elsewhere. */
  relays(): Promise<readonly { readonly name: string; readonly node: string }[]>;
}

/** Says whether a way ends in the kind of a step, and not in the value of one. */
function isStep(way: string): boolean {
  return way.split("/").length % 2 === 1;
}

/** A step that leads on, with its value. */
const step = /\/(node|service|secure)\/([^/]+)(?=\/)/g;

/**
 * What the last step of a route can become: nodes, and what the node that the route leads to has.
 *
 * @param self the node that the route begins at, where one was named
 */
export async function routeCandidates(
  word: string,
  self: string | undefined,
  source: RouteSource,
): Promise<readonly Candidate[]> {
  const way = /^(.*\/)[^/]*$/.exec(word)?.[1] ?? "";
  if (way.endsWith("/service/") && isStep(way)) {
    const node = await nodeAt(way.slice(0, -"service/".length), self, source);
    const names = node === undefined ? [] : await source.serviceNames(node);
    return names.map((name) => ({ value: way + name, description: `of node ${node}` }));
  }
  // Behind a node or a relay comes what it has.
  const isOnward = /\/(?:service|secure)\/[^/]+\/$/.test(way);
  const beyond = isOnward ? [{ value: `${way}service/`, description: "what the node there has" }] : [];
  const begins = (await source.nodeNames()).flatMap((name) => [
    { value: `/node/${name}`, description: `node ${name}` },
    { value: `/node/${name}/service/`, description: `what node ${name} has` },
  ]);
  return [...beyond, ...begins];
}

/** The node of this machine that a route leads to; nothing where it leads elsewhere. */
async function nodeAt(
  route: string,
  self: string | undefined,
  source: RouteSource,
): Promise<string | undefined> {
  // A place or a worker may be anywhere.
  if (route.replace(step, "") !== "/") return undefined;
  let node = self;
  for (const [, kind, value = ""] of route.matchAll(step)) {
    if (kind === "node") node = value;
    else if (value.startsWith("forward_to_")) {
      const name = value.slice("forward_to_".length);
      node = (await source.relays()).find((relay) => relay.name === name)?.node;
    } else if (kind === "service" && value !== "hop") return undefined;
  }
  return node;
}
