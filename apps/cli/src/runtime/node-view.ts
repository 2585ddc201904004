import { transportHop } from "@x/core";
import type { TransportView } from "../resources/views/transport-view.js";
import type { TransportManifest } from "../transports/manifest.js";
import { localPath } from "../transports/place.js";
import { outsidePlaces } from "./outside-places.js";
import type { RuntimeParts } from "./runtime-parts.js";
import { type NodeView, type SectionKey, sectionKeys } from "./views.js";

/** What results show of a node. */
export function nodeView(parts: RuntimeParts): NodeView {
  const { context, tables } = parts;
  const name = context.nodeName;
  const sections = sectionKeys.map((key) => {
    const own = tables.filter(({ resource }) => resource.section.key === key);
    return [key, own.flatMap((table) => table.views())] satisfies [SectionKey, readonly unknown[]];
  });
  return {
    name,
    route: { short: `/node/${name}`, verbose: listenerPath(parts) },
    identifier: context.ownListener()?.identifier ?? null,
    ...(Object.fromEntries(sections) as unknown as Record<SectionKey, readonly unknown[]>),
  };
}

/** The transport hops of the listeners that are up, the one to take first: unix before tcp, tcp before udp. */
export function reachableAddresses(parts: RuntimeParts): readonly string[] {
  const up = listenersOf(parts).filter(({ view }) => view.status === "Up");
  return up.map(({ manifest, view }) => transportHop(manifest.name, reachable(view.socket_addr)));
}

/** The transport hops by which other machines may reach its listeners that are up. */
export function outsideAddresses(parts: RuntimeParts): readonly string[] {
  const up = listenersOf(parts).filter(
    ({ manifest, view }) => manifest.address === "host-port" && view.status === "Up",
  );
  return up.flatMap(({ manifest, view }) =>
    outsidePlaces(view.socket_addr).map((where) => transportHop(manifest.name, where)),
  );
}

/** Where the node is reached from its own machine: `/dnsaddr/localhost/tcp/7000`. A host and port say more to people. */
function listenerPath(parts: RuntimeParts): string | null {
  const all = listenersOf(parts);
  const first = all.find(({ manifest }) => manifest.address === "host-port") ?? all[0];
  return first === undefined ? null : localPath(first.manifest, first.view.socket_addr);
}

interface ListenerOf {
  readonly manifest: TransportManifest;
  readonly view: TransportView;
}

function listenersOf({ tables, transports }: RuntimeParts): readonly ListenerOf[] {
  const byRank = [...transports].sort((a, b) => a.manifest.rank - b.manifest.rank);
  return byRank.flatMap(({ manifest }) => {
    const table = tables.find(({ resource }) => resource.noun === `${manifest.name}-listener`);
    return ((table?.views() ?? []) as readonly TransportView[]).map((view) => ({ manifest, view }));
  });
}

/** A listener on every interface is reached by the loopback one. */
function reachable(where: string): string {
  return where.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}
