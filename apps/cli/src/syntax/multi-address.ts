import { isIPv4, isIPv6 } from "node:net";
import { type Address, isAddress, isTransportHop, transportHop } from "@x/core";
import { CliError } from "../cli-error.js";
import { formatHostPort, isHostName } from "./host-port.js";
import { maxPort } from "./limits.js";
import { isName, workerPath } from "./names.js";

/**
 * One step of a route as it is written on the command line.
 * A `node` stands for connecting to that node's listener; an `address` is a hop as it is.
 */
export type RouteStep =
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "address"; readonly address: Address };

type StepReader = (value: string, rest: string[]) => RouteStep | undefined;

const readWorker: StepReader = (value) =>
  isAddress(value) && !isTransportHop(value) ? { kind: "address", address: value } : undefined;

const readers: Readonly<Record<string, StepReader>> = {
  node: (value) => (isName(value) ? { kind: "node", name: value } : undefined),
  service: readWorker,
  worker: readWorker,
  ip4: (value, rest) => (isIPv4(value) ? readTransport(value, rest) : undefined),
  ip6: (value, rest) => (isIPv6(value) ? readTransport(value, rest) : undefined),
  dnsaddr: (value, rest) => (isHostName(value) ? readTransport(value, rest) : undefined),
};

/**
 * Reads a route in multi-address form: `/node/n2/service/forward_to_n3`, `/ip4/10.0.0.1/tcp/7000/service/echo`.
 *
 * @throws CliError USAGE_INVALID
 */
export function parseMultiAddress(text: string): readonly RouteStep[] {
  const [before, ...rest] = text.split("/");
  if (before !== "" || rest.length === 0) throw refuse(text, "it does not begin with /");
  const steps: RouteStep[] = [];
  while (rest.length > 0) steps.push(readStep(text, rest));
  return steps;
}

/** Writes one hop in multi-address form: `tcp#127.0.0.1:7000` is `/ip4/127.0.0.1/tcp/7000`. */
export function formatHop(address: Address): string {
  const match = /^(tcp|udp)#(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(address);
  if (match === null) return workerPath(address);
  const [, transport, v6, name = "", port] = match;
  const host = v6 !== undefined ? `/ip6/${v6}` : isIPv4(name) ? `/ip4/${name}` : `/dnsaddr/${name}`;
  return `${host}/${transport}/${port}`;
}

function readStep(text: string, rest: string[]): RouteStep {
  const kind = rest.shift() ?? "";
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (reader === undefined) throw refuse(text, `/${kind} is none of ${Object.keys(readers).join(", ")}`);
  const value = rest.shift();
  if (value === undefined) throw refuse(text, `/${kind} has no value`);
  const step = reader(value, rest);
  if (step === undefined) throw refuse(text, `/${kind}/${value} is not valid`);
  return step;
}

function readTransport(host: string, rest: string[]): RouteStep | undefined {
  const transport = rest.shift();
  const port = rest.shift() ?? "";
  if (transport !== "tcp" && transport !== "udp") return undefined;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > maxPort) return undefined;
  return { kind: "address", address: transportHop(transport, formatHostPort({ host, port: Number(port) })) };
}

function refuse(text: string, problem: string): CliError {
  return new CliError(
    "USAGE_INVALID",
    `Cannot use route ${JSON.stringify(text.slice(0, 200))}: ${problem.slice(0, 200)}`,
    { hint: "Give a route such as /node/n2/service/echo or /ip4/10.0.0.1/tcp/7000/service/echo" },
  );
}
