import type { Inlet, InletOptions } from "@x/portal-tcp";
import { findings } from "../doctor/check.js";
import { duration, durationOrNone, nameOf, networks, noWait, place } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { PersistentStart } from "../runtime/persistent-start.js";
import { inletLimits } from "../runtime/portal-options.js";
import { type FailureView, failureFields, failureView } from "../runtime/routes/failure-view.js";
import { none, showRoute } from "../runtime/routes/route-view.js";
import { type HeldRoute, releaseAll } from "../runtime/routes/shared-routes.js";
import { waitUntil } from "../runtime/routes/wait-until.js";
import type { RuntimeContext } from "../runtime/runtime-context.js";
import { parseDuration } from "../syntax/duration.js";
import { isLoopback, parseHostPort } from "../syntax/host-port.js";
import { warnOfOpen } from "../transports/place.js";
import { nodeOption } from "./options/node-option.js";
import { policyText } from "./options/policy-text.js";
import { relayText, routesToOutlet } from "./options/routes.js";
import { socketOptions } from "./options/socket-options.js";
import {
  type HealthView,
  healthFields,
  healthView,
  isOfTarget,
  mendOfTarget,
  portalNote,
  type Status,
  type TrafficView,
  trafficFields,
  trafficView,
} from "./views/health.js";

const defaultConnectionWait = "5s";

const options = [
  option("alias", nameOf("inlet"), {
    flags: "[name]",
    description: "The inlet's name; two random words when left out",
  }),
  option("routes", routesToOutlet, {
    flags: "--to <route>",
    description: "The route to the outlet, or the outlet's address with --via; repeat it for a spare route",
    required: true,
  }),
  nodeOption,
  option("listen", place(true), {
    flags: "--from <host:port>",
    description: "Where the inlet listens",
    default: "127.0.0.1:0",
  }),
  option("", relayText, {
    flags: "--via <relay>",
    description: "A relay that the route leads through: its name, or a route to it; none when left out",
  }),
  option("alias", nameOf("inlet"), {
    flags: "--alias <alias>",
    description: "The inlet's name; that of the argument when left out",
  }),
  option("connectionWaitMs", durationOrNone, {
    flags: "--connection-wait <duration>",
    description: "Longest wait for the outlet",
    default: defaultConnectionWait,
  }),
  option("retryWaitMs", duration, {
    flags: "--retry-wait <duration>",
    description:
      "Longest pause between looks for an outlet that is down; a visitor has the inlet look at once",
    default: "20s",
  }),
  option("openTimeoutMs", duration, {
    flags: "--timeout <duration>",
    description: "Longest wait for the outlet's answer to a visitor",
    default: "10s",
  }),
  option("pingTimeoutMs", duration, {
    flags: "--ping-timeout <duration>",
    description: "Longest silence of an outlet that is up",
    default: "10s",
  }),
  option("idleTimeoutMs", duration, {
    flags: "--idle-timeout <duration>",
    description: "Reset a connection that carried nothing for so long; never when left out",
  }),
  option("allow", policyText, {
    flags: "--allow <expression>",
    description: `Who may be at the outlet's end, beside what policies say, such as '(= subject.role "db")'; whoever is there when left out`,
  }),
  option("allowFrom", networks, {
    flags: "--allow-from <network>",
    description: "Visitors that are let in, such as 203.0.113.7 or 10.0.0.0/8; all when left out; repeatable",
  }),
  ...socketOptions,
  option(
    "waitMs",
    noWait(({ input }) =>
      parseDuration(input.text("connection-wait") ?? defaultConnectionWait, "--connection-wait", {
        leastMs: 0,
      }),
    ),
    {
      flags: "--no-connection-wait",
      description: "Do not wait for the outlet to be up",
      always: true,
      once: true,
    },
  ),
] as const;

/** What making an inlet takes. */
export type InletParams = ParamsOf<typeof options>;

/** What an operation tells of an inlet. */
export interface InletView extends HealthView, FailureView {
  /** `127.0.0.1:6000` */
  readonly bind_addr: string;
  /** `/service/<32 hex>` */
  readonly worker_addr: string;
  readonly alias: string;
  /** The hops in use, `0#<32 hex> => 0#outlet`; null while none works. */
  readonly outlet_route: string | null;
  readonly status: Status;
  /** The route as it was given: `/node/n2/service/outlet`. */
  readonly outlet_addr: string;
  /** What passed since it was started. */
  readonly traffic: TrafficView;
  /** The visitors that are let in; empty when all are. */
  readonly allow_from: readonly string[];
  /** Who may be at the outlet's end, beside what policies say; null when nothing is said. */
  readonly allow: string | null;
}

type InletSpec = Omit<InletParams, "waitMs" | "alias"> & { readonly alias: string };

interface InletEntry {
  /** How to make it again, with the port it has. */
  readonly spec: InletSpec;
  readonly start: PersistentStart<Inlet>;
  readonly held: readonly HeldRoute[];
  /** The routes as they were given last, for records of visitors. */
  readonly leads: { to: string };
}

/** Longest wait for a new connection before an inlet is told of it, in milliseconds. 1,000: so that it does not begin with a failure. */
const settleMs = 1000;

/** What the command waits for the node beyond the connection, in milliseconds. */
const controlMarginMs = 10_000;

/** Listeners for visitors, whose connections are carried to an outlet. One that could not listen again yet is down. */
export const tcpInlet: Resource<InletParams, InletEntry, InletView> = {
  noun: "tcp-inlet",
  what: "inlet",
  many: "TCP inlets",
  stage: "lead",
  verbs: {
    create: {
      summary: "Create an inlet",
      description: "The far end may be down: the inlet says so, and works as soon as it is up.",
      examples: [
        "tcp-inlet create --at n1 --from 127.0.0.1:6000 --to /node/n2/service/forward_to_n3/service/outlet",
        "tcp-inlet create web --to outlet --via n3",
      ],
    },
    list: { summary: "List inlets" },
    show: { summary: "Show an inlet" },
    update: {
      summary: "Change an inlet, such as where it leads",
      description:
        "Visitors who come from now on get what is given; what is not given stays, and so do the streams that are open. Only another place, and how its sockets behave, make it anew.",
      examples: [
        "tcp-inlet update web --to /node/n2/service/forward_to_n3/service/outlet",
        "tcp-inlet update web --at n1 --allow-from 10.0.0.0/8",
      ],
    },
    delete: { summary: "Delete an inlet", description: "Streams of the inlet are reset." },
  },
  options,
  name: { syntax: "[name]", example: "web", description: "The inlet's name" },
  columns: { fields: ["status", "listens on", "to"] },
  named: "name",
  unique: "name",

  waiting: ({ routes }) => `Waiting for the outlet at ${routes[0]?.text}`,
  patienceMs: ({ waitMs }) => waitMs + controlMarginMs,
  tell(terminal, { node, view }) {
    const { host } = parseHostPort(view.bind_addr);
    if (!isLoopback(host)) warnOfOpen(terminal, view.bind_addr, `Inlet ${view.alias}`);
    terminal.done(
      `Inlet ${view.alias} of node ${node} listens on ${view.bind_addr} and leads to ${view.outlet_addr}`,
    );
    if (view.status === "Down") {
      terminal.warn(
        `The outlet is not there yet, node ${node} keeps trying: ${view.last_failure ?? "no answer so far"}; \`culvert route trace ${view.outlet_addr.split(", ")[0]} --from ${node}\` tells where the route ends`,
      );
    }
    return view.bind_addr;
  },
  nameOf: ({ alias }) => alias,
  block: (view) => ({
    title: view.alias,
    fields: {
      status: view.status,
      "listens on": view.bind_addr,
      to: view.outlet_addr,
      route: view.outlet_route,
      worker: view.worker_addr,
      ...trafficFields(view),
      ...healthFields(view),
      ...failureFields(view),
      try: view.status === "Up" ? null : mendOf(view),
    },
  }),
  section: {
    key: "inlets",
    title: "Inlets",
    line: ({ alias, bind_addr, outlet_addr, status }) =>
      `${alias}: ${bind_addr} to ${outlet_addr}, ${status}`,
    status: (view, mark) =>
      `inlet ${view.alias}: ${view.bind_addr} to ${view.outlet_addr}  ${mark(view.status)}${portalNote(view, mendOf(view))}`,
    async check(node, view) {
      const { alias, bind_addr, outlet_addr, status, last_failure, last_failure_at, allow_from } = view;
      const { ok, problem } = findings("nodes");
      const subject = `node ${node}, inlet ${alias}`;
      const isUp = status === "Up";
      const { visitFault } = await import("../doctor/port-probe.js");
      // This machine may be none of those that are let in.
      const fault = isUp && allow_from.length === 0 ? await visitFault(bind_addr) : undefined;
      if (fault !== undefined) {
        const found = `${bind_addr} leads to ${outlet_addr}, which turns visitors away: ${fault}`;
        return [
          problem(subject, found, "See that the target of the outlet runs; the log of its node says more"),
        ];
      }
      if (isUp) return [ok(subject, `${bind_addr} leads to ${outlet_addr}`)];
      const at = last_failure_at === null ? "" : `, the last time at ${last_failure_at}`;
      const detail = `${bind_addr} leads nowhere: ${last_failure ?? "no reason is known"}${at}`;
      return [problem(subject, detail, mendOf(view, node))];
    },
  },

  stored: ({ alias = "", listen, routes }) => ({
    bind_addr: listen,
    alias,
    outlet_route: null,
    status: "Down",
    outlet_addr: routesText({ routes }),
  }),
  reserve: ({ alias }) => alias,
  async complete(_context, { alias, ...rest }, isTaken) {
    if (alias !== undefined) return { ...rest, alias };
    const { twoWords } = await import("../syntax/two-words.js");
    return { ...rest, alias: twoWords("inlet", isTaken) };
  },
  async start(context, { waitMs = 0, alias = "", ...given }, { signal, isRestart = false }) {
    const { node, log } = context;
    const { startInlet } = await import("@x/portal-tcp");
    const { listen } = given;
    const leads = { to: routesText(given) };
    const held = await holdRoutes(context, given, { waitMs, signal });
    const inletOptions = inletOptionsOf(context, { ...given, alias }, held, leads);
    const what = `inlet ${alias}`;
    const start = new PersistentStart({ start: () => startInlet(node.own, inletOptions), what, log });
    try {
      const { where = listen } = (await start.begin(isRestart)) ?? {};
      return { spec: { ...given, alias, listen: where }, start, held, leads };
    } catch (error) {
      await releaseAll(held);
      throw error;
    }
  },
  async settle({ start }, { waitMs = 0 }, signal) {
    await waitUntil(() => start.thing?.state === "up", waitMs, signal);
  },
  changeable: options
    .map(({ as }) => as)
    .filter((as) => as !== "listen" && as !== "noDelay" && as !== "keepAlive"),
  async change(context, entry, { waitMs = 0, alias = "", ...given }, { signal }) {
    const inlet = entry.start.thing;
    if (inlet === undefined) return undefined;
    const held = await holdRoutes(context, given, { waitMs, signal });
    const spec = { ...given, alias, listen: entry.spec.listen };
    const { noDelay, keepAlive, listen, ...update } = inletOptionsOf(context, spec, held, entry.leads);
    try {
      inlet.update(update, () => void releaseAll(entry.held).catch(() => {}));
      entry.leads.to = routesText(spec);
    } catch (error) {
      await releaseAll(held);
      throw error;
    }
    return { ...entry, spec, held };
  },
  spec: ({ spec }) => spec,
  names: ({ spec }) => [spec.alias, spec.listen],
  view(context, { spec, start }) {
    const inlet = start.thing;
    const isUp = inlet?.state === "up";
    return {
      bind_addr: spec.listen,
      worker_addr: inlet === undefined ? none : `/service/${inlet.worker}`,
      alias: spec.alias,
      outlet_route: isUp ? showRoute(inlet.activeRoute) : null,
      status: isUp ? "Up" : "Down",
      outlet_addr: routesText(spec),
      traffic: trafficView(inlet?.traffic),
      allow_from: spec.allowFrom ?? [],
      allow: spec.allow ?? null,
      ...failureView(inlet?.lastFailure ?? start.lastFailure, context),
      ...healthView(inlet ?? start),
    };
  },
  async close({ start, held }) {
    await start.close();
    await releaseAll(held);
  },
  async drain({ start }, graceMs) {
    start.giveUp();
    await start.thing?.drain(graceMs);
    await start.close();
  },
  streams: ({ start }) => start.thing?.streams ?? 0,
  levels: (entries) => ({
    "inlet-streams": Math.max(0, ...entries.map(({ start }) => start.thing?.streams ?? 0)),
  }),
};

/** Holds the routes of an inlet, and waits a moment for new connections. */
function holdRoutes(
  { shared }: RuntimeContext,
  { routes }: Pick<InletSpec, "routes">,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal | undefined },
): Promise<readonly HeldRoute[]> {
  const waiting = { settleMs: Math.min(waitMs, settleMs), signal };
  return Promise.all(routes.map(({ hops }) => shared.hold(hops, waiting)));
}

function inletOptionsOf(
  context: RuntimeContext,
  { alias, listen, routes: _routes, allow, allowFrom, ...settings }: InletSpec,
  held: readonly HeldRoute[],
  leads: InletEntry["leads"],
): InletOptions {
  return {
    ...inletLimits(context, alias, () => leads.to),
    ...settings,
    ...(allowFrom !== undefined && { allow: allowFrom }),
    access: context.policies.rule({ type: "tcp-inlet", name: alias, allow }),
    listen,
    routes: held.map(({ route }) => route),
  };
}

/** The routes as they were given. */
function routesText({ routes }: Pick<InletSpec, "routes">): string {
  return routes.map(({ text }) => text).join(", ");
}

/** What to do about one that is down. */
function mendOf({ last_failure, outlet_addr }: InletView, node?: string): string {
  const [route = ""] = outlet_addr.split(", ");
  const from = node === undefined ? "" : ` --from ${node}`;
  if (isOfTarget(last_failure)) return mendOfTarget;
  return `See where it ends with \`culvert route trace ${route}${from}\`; it comes back by itself`;
}
