import { type CulvertError, isCulvertError, type Route } from "@x/core";
import type { RelayClient, RelayRegistration } from "@x/relay";
import * as v from "valibot";
import { type Check, findings } from "../doctor/check.js";
import type { Block } from "../output/blocks.js";
import { formatBytes } from "../output/bytes.js";
import { flag, nameOf, noWait } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { failureFields } from "../runtime/routes/failure-view.js";
import type { HeldRoute } from "../runtime/routes/shared-routes.js";
import { waitUntil } from "../runtime/routes/wait-until.js";
import { channelListenerAddress, firstSecureHop, secureHop } from "../syntax/secure-hop.js";
import { nodeOptionOf } from "./options/node-option.js";
import { policyText } from "./options/policy-text.js";
import { routeToNode } from "./options/routes.js";
import { healthFields } from "./views/health.js";
import {
  clientView,
  isHosted,
  type RelayDetail,
  type RelayView,
  registrationView,
  relayDetail,
} from "./views/relay-view.js";

/** Longest wait for a relay to be up, in milliseconds. 5,000: longer than a healthy path takes, short enough for a person. */
const upWaitMs = 5000;

/** What the command waits for the node beyond that, in milliseconds. */
const controlMarginMs = 10_000;

/** Longest wait for a new connection before the relay is asked for, in milliseconds. 1,000: it goes on by itself after that. */
const settleMs = 1000;

const defaultName = "default";

const options = [
  option("name", nameOf("relay"), { flags: "[name]", description: "The relay's name", default: defaultName }),
  option("at", routeToNode, {
    flags: "--at <route>",
    description:
      "The node that hosts the relay: /node/n2, n2 or /ip4/10.0.0.1/tcp/7000; the default node when left out",
    always: true,
  }),
  option("allow", policyText, {
    flags: "--allow <expression>",
    description:
      "Who may send through the relay to the node, by what secure channels proved of the relay's node; whoever reaches it when left out",
  }),
  nodeOptionOf("--to <node>", "The node that becomes reachable; the default node when left out"),
  option("insecure", flag, {
    flags: "--insecure",
    description: "Register without a secure channel: whoever learns the token can take the name",
  }),
  option(
    "waitMs",
    noWait(() => upWaitMs),
    {
      flags: "--no-connection-wait",
      description: "Do not wait for the relay to be up",
      always: true,
      once: true,
    },
  ),
] as const;

/** What making a relay takes. */
export type RelayParams = ParamsOf<typeof options>;

/** A relay that this node registered, or tries to. */
interface OwnRelay {
  readonly spec: Omit<RelayParams, "waitMs">;
  readonly client: RelayClient;
  readonly held: HeldRoute;
}

/** A relay that this node hosts for another. */
interface HostedRelay {
  readonly hosted: RelayRegistration;
}

/** Through a channel, unless told otherwise: the name then belongs to the identity of the node, and to nobody who has the token. */
function routeToService({ at, insecure = false }: Pick<RelayParams, "at" | "insecure">): Route {
  const isPlain = insecure || firstSecureHop(at.hops) !== -1;
  return isPlain ? [...at.hops, "relay"] : [...at.hops, secureHop(channelListenerAddress), "relay"];
}

/** Refusals that waiting does not mend: the relay was not made. */
const finalCodes: ReadonlySet<string> = new Set([
  "RELAY_NAME_TAKEN",
  "RELAY_NAME_INVALID",
  "RELAY_LIMIT_EXCEEDED",
  "RELAY_CONNECTION_LIMIT_EXCEEDED",
  "RELAY_SOURCE_LIMIT_EXCEEDED",
]);

/** Names on reachable nodes for nodes that dialled out: those that a node registered elsewhere, and those it hosts for others. */
export const relay: Resource<RelayParams, OwnRelay | HostedRelay, RelayView, RelayView, RelayDetail> = {
  noun: "relay",
  what: "relay",
  many: "relays",
  stage: "register",
  verbs: {
    create: {
      summary: "Create a relay",
      description:
        "The node dials the other one and registers there: messages to /service/forward_to_<name> on the other node reach it, though it opens no port. When the connection breaks it comes back by itself.",
      examples: [
        "relay create n3 --at /node/n2 --to /node/n3",
        "relay create n3 --at /ip4/10.0.0.1/tcp/7000 --to n3",
      ],
    },
    list: {
      summary: "List relays",
      description:
        "Lists the relays that the node has on other nodes, or with --hosted those that it hosts for others.",
    },
    show: { summary: "Show a relay" },
    delete: {
      summary: "Delete a relay",
      description:
        "Gives the relay's name back to the node that hosts it. At that node it takes the name from whoever has it, who registers again unless `culvert relay-block create` says no.",
    },
  },
  options,
  kept: { token: v.exactOptional(v.string()) },
  nodeOptions: [
    {
      flags: "--at <node>",
      description: "The node that has or hosts the relay; the default node when left out",
    },
    { flags: "--to <node>", description: "The same", hidden: true },
  ],
  filter: {
    option: { flags: "--hosted", description: "Those that the node hosts for others, in place of its own" },
    shows: (view, hosted) => isHosted(view) === hosted,
    none: (node) => `Node ${node} hosts no relays`,
  },
  name: {
    syntax: "[name]",
    example: "n3",
    description: "The relay's name; `default` when left out",
    default: defaultName,
  },
  columns: { fields: ["status", "address", "at"] },
  named: "name",
  unique: "name",

  waiting: ({ name, at }) => `Creating relay ${name} at ${at.text}`,
  patienceMs: ({ waitMs }) => waitMs + controlMarginMs,
  tell(terminal, { node, params, view }) {
    const address = `/service/${view.remote_address}`;
    if (view.connection_status === "Up") {
      terminal.done(
        `Now relaying messages from ${params.at.text}${address} → /node/${node}${view.worker_address}`,
      );
    } else {
      const why = view.last_failure ?? "no answer so far";
      terminal.warn(`Relay ${params.name} is not up yet, node ${node} keeps trying: ${why}`);
    }
    return address;
  },
  nameOf: ({ name }) => name,
  block: (view) => relayBlock(relayDetail(view)),
  detailBlock: relayBlock,
  section: {
    key: "relays",
    title: "Relays",
    line: ({ name, destination_address, connection_status }) =>
      `${name} at ${destination_address}, ${connection_status}`,
    status: (view, mark) =>
      `relay ${view.name} at ${view.destination_address}  ${mark(view.connection_status)}${relayNote(view)}`,
    check: (node, view) => [checkRelay(node, view)],
  },

  stored: ({ name, at }) => ({
    name,
    remote_address: `forward_to_${name}`,
    destination_address: at.text,
    connection_status: "Down",
  }),
  reserve: ({ name }) => name,
  async start({ node, shared, policies, events }, { waitMs = 0, ...given }, { signal }) {
    const { startRelayClient } = await import("@x/relay");
    const { name, at: _at, allow, insecure: _insecure, ...kept } = given;
    const held = await shared.hold(routeToService(given), { settleMs: Math.min(waitMs, settleMs), signal });
    const client = startRelayClient(node.own, {
      route: held.route,
      name,
      onChange: ({ state, lastFailure }) =>
        events.state({ resource: "relay", name }, state, { failure: lastFailure }),
      ...(allow !== undefined && { access: policies.rule({ type: "relay", name, allow }) }),
      ...kept,
    });
    return { spec: given, client, held };
  },
  async settle(entry, { waitMs }, signal) {
    if (!("client" in entry)) return;
    const { client } = entry;
    await waitUntil(() => client.state === "up" || finalFailure(client) !== undefined, waitMs, signal);
    const failure = finalFailure(client);
    if (failure !== undefined && signal?.aborted !== true) throw failure;
  },
  spec: (entry) => ("client" in entry ? { ...entry.spec, token: entry.client.token } : undefined),
  // A relay that the node hosts for itself is listed once.
  all({ relayService }, own) {
    const names = new Set(own.map((entry) => relay.names(entry)[0]));
    const hosted = relayService.list().filter(({ name }) => !names.has(name));
    return [...own, ...hosted.map((registration) => ({ hosted: registration }))];
  },
  names(entry) {
    const name = "client" in entry ? entry.spec.name : entry.hosted.name;
    return [name, `forward_to_${name}`, `/service/forward_to_${name}`];
  },
  view: (context, entry) =>
    "client" in entry
      ? clientView(context, { ...entry, destination: entry.spec.at.text })
      : registrationView(context.nodeName, entry.hosted),
  detail: (context, entry) => relayDetail(relay.view(context, entry)),
  deleted: (entry) => ({ name: relay.names(entry)[0] }),
  async close(entry, { log, relayService }) {
    if (!("client" in entry)) {
      await relayService.withdraw(entry.hosted.name);
      return;
    }
    if (!(await entry.client.release())) {
      const what = "Relay deleted, but its node could not be told: it keeps the name for now";
      log.warn({ relay: entry.spec.name }, what);
    }
    await entry.held.release();
  },
  // The name stays this node's, for its next start.
  async leave(entry) {
    if ("client" in entry) await entry.client.close();
  },
};

/** In `status`: what passed, and of one that is down why, since when and what to do. */
function relayNote(view: RelayView): string {
  const { traffic, connection_status, since, last_failure, last_failure_at } = view;
  const passed = traffic === null ? "" : `  ${passedOn(traffic)}`;
  if (connection_status === "Up") return passed;
  const at = last_failure_at === null ? "" : `, the last time at ${last_failure_at}`;
  return `${passed}\n    since ${since}: ${last_failure ?? "no reason is known"}${at}\n    try: ${mendOf(view)}`;
}

function passedOn({ messages, bytes }: RelayView["traffic"] & {}): string {
  return `${messages} messages, ${formatBytes(bytes)}`;
}

/** What to do about one that is down. */
function mendOf(view: RelayView, node?: string): string {
  if (isHosted(view))
    return "See that the node behind it runs and reaches this one; it registers again by itself";
  const from = node === undefined ? "" : ` --from ${node}`;
  return `See where it ends with \`culvert route trace ${view.destination_address}/service/relay${from}\`; it comes back by itself`;
}

function relayBlock(view: RelayDetail): Block {
  return {
    title: view.name,
    fields: {
      status: view.connection_status,
      address: view.remote_address,
      at: view.destination,
      route: view.relay_route,
      worker: view.worker_address,
      passed: view.traffic && passedOn(view.traffic),
      ...healthFields(view),
      ...failureFields(view),
    },
  };
}

function checkRelay(node: string, view: RelayView): Check {
  const { ok, warning, problem } = findings("nodes");
  const subject = `node ${node}, relay ${view.name}${isHosted(view) ? " of another node" : ""}`;
  if (view.connection_status === "Up") return ok(subject, "up");
  if (isHosted(view)) {
    return warning(subject, "the connection to the node behind it is down", mendOf(view));
  }
  const detail = `down, at ${view.destination_address}: ${view.last_failure ?? "no reason is known"}`;
  return problem(subject, detail, mendOf(view, node));
}

function finalFailure({ state, lastFailure }: RelayClient): CulvertError | undefined {
  return state === "down" && isCulvertError(lastFailure) && finalCodes.has(lastFailure.code)
    ? lastFailure
    : undefined;
}
