import { isIPv4, isIPv6 } from "node:net";
import { type Address, isAddress, isTransportHop, parseTransportHop, transportHop } from "@x/core";
import { CliError } from "../cli-error.js";
import { formatHostPort, isHostName, isHostPort, parseHostPort, placeInstead } from "./host-port.js";
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

/** Reads the value of a step; what it cannot use, it explains. */
type StepReader = (value: string, rest: string[]) => RouteStep | { readonly problem: string };

function workerReader(hopOf: (address: Address) => Address): StepReader {
  return (value) =>
    isAddress(value) && !isTransportHop(value)
      ? { kind: "address", address: hopOf(value) }
      : { problem: `${quote(value)} is no address: it is empty, too long, or has white space or #` };
}

const readWorker: StepReader = workerReader((address) => address);

/** A channel to the listener of that address, over the steps before it. */
const readListener: StepReader = workerReader(secureHop);

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
      (isHost: (host: string) => boolean, what: string): StepReader =>
      (host, rest) =>
        isHost(host) ? this.#readHostPort(host, rest) : { problem: `${quote(host)} is no ${what}` };
    this.#readers = new Map<string, StepReader>([
      [
        "node",
        (value) =>
          isName(value) ? { kind: "node", name: value } : { problem: `${quote(value)} is no name of a node` },
      ],
      ["service", readWorker],
      [secureWord, readListener],
      ["worker", readWorker],
      ["ip4", hostReader(isIPv4, "IPv4 address")],
      ["ip6", hostReader(isIPv6, "IPv6 address")],
      ["dnsaddr", hostReader(isHostName, "host name")],
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
    if (isHostPort(text)) throw this.#placeAsRoute(text);
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
    if ("problem" in step) throw refuse(text, step.problem);
    return step;
  }

  #placeAsRoute(text: string): CliError {
    const [transport = "tcp"] = this.#hostPorts;
    const step = this.format(transportHop(transport, formatHostPort(parseHostPort(text, { what: "route" }))));
    return placeInstead(text, {
      what: "route",
      wanted: "a route",
      hint: `Give it as ${step}, with what is to be reached there behind it: ${step}/service/echo`,
    });
  }

  #readHostPort(host: string, rest: string[]): ReturnType<StepReader> {
    const [transport, port = ""] = rest.splice(0, 2);
    if (transport === undefined || !this.#hostPorts.has(transport)) {
      const found = transport === undefined ? "nothing" : `/${transport}`;
      const known = [...this.#hostPorts].map((name) => `/${name}`).join(", ");
      return { problem: `behind host ${host} comes ${found}, which is none of ${known}` };
    }
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > maxPort) {
      return { problem: `${quote(port)} is no port from 1 to ${maxPort}` };
    }
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
function readValue(transport: string, value: string): ReturnType<StepReader> {
  try {
    const address = `${transport}#${decodeURIComponent(value)}`;
    return isAddress(address) ? { kind: "address", address } : noPlace(transport, value);
  } catch {
    return noPlace(transport, value);
  }
}

function noPlace(transport: string, value: string): { readonly problem: string } {
  return { problem: `${quote(value)} is no place of ${transport}` };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function refuse(text: string, problem: string): CliError {
  return new CliError(
    "USAGE_INVALID",
    `Cannot use route ${JSON.stringify(text.slice(0, 200))}: ${problem.slice(0, 200)}`,
    { hint: "Give a route such as /node/n2/service/echo or /ip4/10.0.0.1/tcp/7000/service/echo" },
  );
}
