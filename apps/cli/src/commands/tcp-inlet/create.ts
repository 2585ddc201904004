import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandInput } from "../../framework/input.js";
import type { InletSettings, RouteParam } from "../../runtime/operation-types.js";
import { parseDuration } from "../../syntax/duration.js";
import { formatHostPort, parseHostPort } from "../../syntax/host-port.js";
import { parseName } from "../../syntax/names.js";
import { warnIfOpen } from "../shared/bind-warning.js";
import { atOption } from "../shared/options.js";
import { readSocketSettings, socketOptions } from "../shared/socket-options.js";
import { readOutletRoute } from "./outlet-route.js";

/** What the command waits for the node beyond the connection, in milliseconds. */
const controlMarginMs = 10_000;

const defaultConnectionWait = "5s";

export const command: Command = {
  description: "The far end may be down: the inlet says so, and works as soon as it is up.",
  arguments: [{ syntax: "[name]", description: "The inlet's name; two random words when left out" }],
  options: [
    {
      flags: "--to <route>",
      description: "The route to the outlet, or the outlet's address with --via; repeat it for a spare route",
      required: true,
      repeatable: true,
    },
    atOption,
    { flags: "--from <host:port>", description: "Where the inlet listens", default: "127.0.0.1:0" },
    {
      flags: "--via <relay>",
      description: "A relay that the route leads through: its name, or a route to it",
    },
    { flags: "--alias <alias>", description: "The inlet's name" },
    {
      flags: "--connection-wait <duration>",
      description: "Longest wait for the outlet",
      default: defaultConnectionWait,
    },
    {
      flags: "--retry-wait <duration>",
      description:
        "Longest pause between looks for an outlet that is down; a visitor has the inlet look at once",
      default: "20s",
    },
    {
      flags: "--timeout <duration>",
      description: "Longest wait for the outlet's answer to a visitor",
      default: "10s",
    },
    {
      flags: "--ping-timeout <duration>",
      description: "Longest silence of an outlet that is up",
      default: "10s",
    },
    {
      flags: "--idle-timeout <duration>",
      description: "Reset a connection that carried nothing for so long; never when left out",
    },
    {
      flags: "--allow <network>",
      description:
        "Visitors that are let in, such as 203.0.113.7 or 10.0.0.0/8; all when left out; repeatable",
      repeatable: true,
    },
    ...socketOptions,
    { flags: "--no-connection-wait", description: "Do not wait for the outlet to be up" },
  ],
  examples: [
    "tcp-inlet create --at n1 --from 127.0.0.1:6000 --to /node/n2/service/forward_to_n3/service/outlet",
    "tcp-inlet create web --to outlet --via n3",
  ],
  async run(context, input) {
    const alias = readAlias(input);
    const listen = formatHostPort(
      parseHostPort(input.requiredText("from"), { what: "--from", portZero: true }),
    );
    const settings = readSettings(input);
    const node = await context.node(input.text("at"));
    const routes: RouteParam[] = [];
    for (const to of input.texts("to")) {
      routes.push(await readOutletRoute(context, { to, via: input.text("via"), node }));
    }
    const waitMs = input.flag("no-connection-wait") ? 0 : settings.connectionWaitMs;
    const params = { listen, routes, waitMs, settings, ...(alias === undefined ? {} : { alias }) };
    const { terminal, signal } = context;
    const view = await terminal.spin(
      `Waiting for the outlet at ${routes[0]?.text}`,
      context.control(node).call("tcp-inlet.create", params, { timeoutMs: waitMs + controlMarginMs, signal }),
    );
    warnIfOpen(context, view.bind_addr, `Inlet ${view.alias}`);
    terminal.done(
      `Inlet ${view.alias} of node ${node} listens on ${view.bind_addr} and leads to ${view.outlet_addr}`,
    );
    if (view.status === "Down") {
      terminal.warn(
        `The outlet is not there yet, node ${node} keeps trying: ${view.last_failure ?? "no answer so far"}`,
      );
    }
    return { machine: view.bind_addr, json: view };
  },
};

function readAlias(input: CommandInput): string | undefined {
  const [name, alias] = [input.argument("name"), input.text("alias")];
  if (name !== undefined && alias !== undefined && name !== alias) {
    throw new CliError("USAGE_INVALID", `Cannot name the inlet both "${name}" and "${alias}"`, {
      hint: "Give the name or --alias",
    });
  }
  const given = name ?? alias;
  return given === undefined ? undefined : parseName("inlet", given);
}

function readSettings(input: CommandInput): InletSettings {
  const read = (option: string, text: string): number => parseDuration(text, `--${option}`);
  const readGiven = (option: string): number => read(option, input.requiredText(option));
  const idleTimeout = input.text("idle-timeout");
  const allow = input.texts("allow");
  return {
    ...readSocketSettings(input),
    ...(idleTimeout === undefined ? {} : { idleTimeoutMs: read("idle-timeout", idleTimeout) }),
    ...(allow.length === 0 ? {} : { allow }),
    // `--no-connection-wait` takes the place of this option, and says nothing of how long visitors wait.
    connectionWaitMs: read("connection-wait", input.text("connection-wait") ?? defaultConnectionWait),
    retryWaitMs: readGiven("retry-wait"),
    timeoutMs: readGiven("timeout"),
    pingTimeoutMs: readGiven("ping-timeout"),
  };
}
