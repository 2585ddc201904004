import { CulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import { findings } from "../doctor/check.js";
import { duration, hexText } from "../registry/kinds.js";
import { option, type ParamsOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { workerAddress } from "../registry/schemas.js";
import { type FailureView, failureFields, failureView } from "../runtime/routes/failure-view.js";
import type { HeldRoute } from "../runtime/routes/shared-routes.js";
import { waitUntil } from "../runtime/routes/wait-until.js";
import type { NodeChannel } from "../runtime/trust/node-channels.js";
import { nodeOptionOf } from "./options/node-option.js";
import { peerOptions } from "./options/peer-options.js";
import { routeToListener } from "./options/routes.js";
import type { Status } from "./views/health.js";

const options = [
  nodeOptionOf("--from <node>", "The node that opens it; the default node when left out"),
  option("to", routeToListener, {
    flags: "--to <route>",
    description: "The route to the other node's listener, such as /node/n2/service/api",
    required: true,
  }),
  ...peerOptions,
  option("credential", hexText, {
    flags: "--credential <hex>",
    description: "The credential to show; those of the identity when left out",
  }),
  option("waitMs", duration, {
    flags: "--timeout <duration>",
    description: "Longest wait for the channel to open",
    default: "10s",
    once: true,
  }),
] as const;

/** What making a secure channel takes. */
export type ChannelParams = ParamsOf<typeof options>;

/** What an operation tells of a secure channel. */
export interface ChannelView extends FailureView {
  /** `/service/<32 hex>`: what is sent there comes out at the other end's node. */
  readonly address: string;
  readonly from: string;
  /** The route to its listener. */
  readonly to: string;
  /** Who is at the other end; null until it was open for the first time. */
  readonly identifier: string | null;
  readonly status: Status;
}

type ChannelSpec = Omit<ChannelParams, "waitMs">;

interface ChannelEntry {
  /** Absent for one that a route holds. */
  readonly made?: { readonly spec: ChannelSpec; readonly held: HeldRoute };
  readonly kept: NodeChannel;
}

/** What the command waits for the node beyond the channel, in milliseconds. */
const controlMarginMs = 10_000;

/** Channels to other nodes, sealed from end to end: those a user made, and those that routes hold. */
export const secureChannel: Resource<ChannelParams, ChannelEntry, ChannelView> = {
  noun: "secure-channel",
  what: "secure channel",
  many: "secure channels",
  stage: "connect",
  verbs: {
    create: {
      summary: "Open a secure channel to another node",
      description:
        "What is sent to the channel comes out at the other node, sealed from end to end. It is kept: it is opened again when it ended, and its address stays.",
      examples: [
        "secure-channel create --from n1 --to /node/n2/service/api",
        "secure-channel create --from n1 --to /node/n2/service/forward_to_n3/service/api",
      ],
    },
    list: { summary: "List secure channels" },
    show: { summary: "Show a secure channel" },
    delete: { summary: "Close a secure channel for good" },
  },
  options,
  kept: { worker: workerAddress },
  name: {
    syntax: "[address]",
    example: "/service/603b62d245c9119d584ba3d874eb8108",
    description: "The channel: /service/<32 hex>",
  },
  named: "to",

  waiting: ({ to }) => `Opening a secure channel to ${to.text}`,
  patienceMs: ({ waitMs }) => waitMs + controlMarginMs,
  tell(terminal, { node, params, view }) {
    terminal.done(`Secure channel of node ${node} to ${params.to.text}: ${view.identifier}`);
    return view.address;
  },
  nameOf: ({ address }) => address,
  block: ({ address, from, to, identifier, status, ...failure }) => ({
    title: address,
    fields: { from, to, identifier, status, ...failureFields(failure) },
  }),
  section: {
    key: "secure_channels",
    title: "Secure channels",
    line: ({ address, to, status }) => `${address} to ${to}, ${status}`,
    status: ({ address, to, status }, mark) => `secure channel ${address} to ${to}  ${mark(status)}`,
    check(node, { address, to, status, last_failure }) {
      const { ok, problem } = findings("nodes");
      const subject = `node ${node}, secure channel ${address}`;
      if (status === "Up") return [ok(subject, `up, to ${to}`)];
      const detail = `down, to ${to}: ${last_failure ?? "no reason is known"}`;
      const mend = `See where it ends with \`culvert route trace ${to} --from ${node}\`; it comes back by itself`;
      return [problem(subject, detail, mend)];
    },
  },

  async start({ shared, channels }, { waitMs, to, worker, ...peers }: ChannelParams & { worker?: string }) {
    const held = await shared.hold(to.hops);
    try {
      const address = worker === undefined ? {} : { address: worker };
      const kept = await channels.keep({ route: held.route, given: to.hops, ...address, ...peers });
      return { made: { spec: { to, ...peers }, held }, kept };
    } catch (error) {
      await held.release();
      throw error;
    }
  },
  async settle({ kept: { channel }, made }, { waitMs }, signal) {
    const failure = (): CulvertError | undefined => finalFailure(channel.lastFailure);
    await waitUntil(() => channel.state === "up" || failure() !== undefined, waitMs, signal);
    if (channel.state === "up" || signal?.aborted === true) return;
    const { start } = made?.held ?? {};
    const beneath = start?.state === "up" ? undefined : start?.lastFailure;
    throw beneath ?? channel.lastFailure ?? notOpened(channel.address, waitMs);
  },
  spec: ({ made, kept }) => made && { ...made.spec, worker: kept.channel.address },
  all({ channels }, made) {
    const own = new Map(made.map((entry) => [entry.kept.channel.address, entry]));
    return channels.list().map((kept) => own.get(kept.channel.address) ?? { kept });
  },
  names: ({ kept: { channel } }) => [
    `/service/${channel.address}`,
    channel.address,
    `/worker/${channel.address}`,
  ],
  view({ nodeName, addresses, ...context }, { made, kept: { channel, given } }) {
    const isUp = channel.state === "up";
    return {
      address: `/service/${channel.address}`,
      from: `/node/${nodeName}`,
      to: made?.spec.to.text ?? given.map((hop) => addresses.format(hop)).join(""),
      identifier: channel.peer?.identifier ?? null,
      status: isUp ? "Up" : "Down",
      ...failureView(isUp ? undefined : channel.lastFailure, { ...context, addresses }),
    };
  },
  deleted: ({ kept: { channel } }) => ({ address: `/service/${channel.address}` }),
  undeletable: ({ shared }, { kept: { channel } }) =>
    shared.isHeld(channel.address) ? inUse(channel.address) : undefined,
  async close({ made, kept }, { channels }) {
    await channels.close(kept);
    await made?.held.release();
  },
};

/** What waiting does not mend. */
function finalFailure(error: CulvertError | undefined): CulvertError | undefined {
  return error !== undefined && finalCodes.has(error.code) ? error : undefined;
}

const finalCodes: ReadonlySet<string> = new Set([
  "CHANNEL_REFUSED",
  "IDENTITY_CHANGED",
  "IDENTITY_INVALID",
  "CREDENTIAL_INVALID",
  "CREDENTIAL_EXPIRED",
  "WORKER_NOT_FOUND",
]);

function notOpened(hop: string, waitMs: number): CulvertError {
  return new CulvertError("TIMED_OUT", `Cannot open secure channel: it is not open after ${waitMs} ms`, {
    hop,
  });
}

function inUse(address: string): CliError {
  const reason = `Cannot delete secure channel ${address}: a relay or an inlet uses it`;
  return new CliError("RESOURCE_IN_USE", reason, {
    hint: "Delete the relays and inlets whose routes begin with it; one that a route opened goes with the last of them",
  });
}
