import { isIPv4, isIPv6 } from "node:net";
import { type Address, isAddress, isTransportHop, parseTransportHop, transportHop } from "@x/core";
import { CliError } from "../cli-error.js";
import { formatHostPort, isHostName } from "./host-port.js";
import { maxPort } from "./limits.js";
import { isName, workerPath } from "./names.js";
import { secureHop, secureWord } from "./secure-hop.js";

/**
 * One step of a route as it is written on the command line.
 * A `node` stands for connecting to that node's listener; an `address` is a hop as it is.
 */
export type RouteStep =
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "address"; readonly address: Address };

/** How the places of a transport are written: `/ip4/10.0.0.1/tcp/7000` (or `/ip6`, `/dnsaddr`), `/unix/%2Frun%2Fx.sock`, or `/wss/relay.example%2Fx`. */
export interface AddressForm {
  /** The transport's name. */
  readonly name: string;
  readonly address: "host-port" | "value" | "url";
}

type StepReader = (value: string, rest: string[]) => RouteStep | undefined;

const readWorker: StepReader = (value) =>
  isAddress(value) && !isTransportHop(value) ? { kind: "address", address: value } : undefined;

/** A channel to the listener of that address, over the steps before it. */
const readListener: StepReader = (value) =>
  isAddress(value) && !isTransportHop(value) ? { kind: "address", address: secureHop(value) } : undefined;

/** The kinds of steps that belong to no transport. */
export const ownStepKinds: readonly string[] = [
  "node",
  "service",
  "worker",
  secureWord,
  "ip4",
  "ip6",
  "dnsaddr",
];

/** Routes in multi-address form, with the address parts of all transports there are. */
export class AddressSyntax {
  readonly #hostPorts: ReadonlySet<string>;
  readonly #readers: ReadonlyMap<string, StepReader>;

  constructor(forms: readonly AddressForm[]) {
    const values = forms.filter(({ address }) => address !== "host-port");
    this.#hostPorts = new Set(forms.filter(({ address }) => address === "host-port").map(({ name }) => name));
    const hostReader =
      (isHost: (host: string) => boolean): StepReader =>
      (host, rest) =>
        isHost(host) ? this.#readHostPort(host, rest) : undefined;
    this.#readers = new Map<string, StepReader>([
      ["node", (value) => (isName(value) ? { kind: "node", name: value } : undefined)],
      ["service", readWorker],
      [secureWord, readListener],
      ["worker", readWorker],
      ["ip4", hostReader(isIPv4)],
      ["ip6", hostReader(isIPv6)],
      ["dnsaddr", hostReader(isHostName)],
      ...values.map(({ name }) => [name, (value: string) => readValue(name, value)] as const),
    ]);
  }

  /**
   * Reads a route in multi-address form: `/node/n2/service/forward_to_n3`, `/ip4/10.0.0.1/tcp/7000/service/echo`.
   *
   * @throws CliError USAGE_INVALID
   */
  parse(text: string): readonly RouteStep[] {
    const [before, ...rest] = text.split("/");
    if (before !== "" || rest.length === 0) throw refuse(text, "it does not begin with /");
    const steps: RouteStep[] = [];
    while (rest.length > 0) steps.push(this.#readStep(text, rest));
    return steps;
  }

  /** Writes one hop in multi-address form: `tcp#127.0.0.1:7000` is `/ip4/127.0.0.1/tcp/7000`. */
  format(address: Address): string {
    if (!isTransportHop(address)) return workerPath(address);
    const { transport, where } = parseTransportHop(address);
    const match = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(where);
    if (match === null || !this.#hostPorts.has(transport)) return valuePath(transport, where);
    const [, v6, name = "", port] = match;
    const host = v6 !== undefined ? `/ip6/${v6}` : isIPv4(name) ? `/ip4/${name}` : `/dnsaddr/${name}`;
    return `${host}/${transport}/${port}`;
  }

  #readStep(text: string, rest: string[]): RouteStep {
    const kind = rest.shift() ?? "";
    const reader = this.#readers.get(kind);
    if (reader === undefined)
      throw refuse(text, `/${kind} is none of ${[...this.#readers.keys()].join(", ")}`);
    const value = rest.shift();
    if (value === undefined) throw refuse(text, `/${kind} has no value`);
    const step = reader(value, rest);
    if (step === undefined) throw refuse(text, `/${kind}/${value} is not valid`);
    return step;
  }

  #readHostPort(host: string, rest: string[]): RouteStep | undefined {
    const transport = rest.shift() ?? "";
    const port = rest.shift() ?? "";
    if (!this.#hostPorts.has(transport)) return undefined;
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > maxPort) return undefined;
    return {
      kind: "address",
      address: transportHop(transport, formatHostPort({ host, port: Number(port) })),
    };
  }
}

/** Writes a value as a step of a route. A colon is fine there, and what people are used to see. */
export function valuePath(transport: string, where: string): string {
  return `/${transport}/${encodeURIComponent(where).replaceAll("%3A", ":")}`;
}

/** A value that holds a slash is percent-encoded, as in URLs (RFC 3986, section 2.1). */
function readValue(transport: string, value: string): RouteStep | undefined {
  try {
    const address = `${transport}#${decodeURIComponent(value)}`;
    return isAddress(address) ? { kind: "address", address } : undefined;
  } catch {
    return undefined;
  }
}

function refuse(text: string, problem: string): CliError {
  return new CliError(
    "USAGE_INVALID",
    `Cannot use route ${JSON.stringify(text.slice(0, 200))}: ${problem.slice(0, 200)}`,
    { hint: "Give a route such as /node/n2/service/echo or /ip4/10.0.0.1/tcp/7000/service/echo" },
  );
}
