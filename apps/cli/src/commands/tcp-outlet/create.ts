import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import type { OutletSettings } from "../../runtime/operation-types.js";
import { parseDuration } from "../../syntax/duration.js";
import { formatHostPort, parseHostPort } from "../../syntax/host-port.js";
import { parseServiceAddress } from "../../syntax/names.js";
import { atOption } from "../shared/options.js";
import { readSocketSettings, socketOptions } from "../shared/socket-options.js";

export const command: Command = {
  arguments: [],
  options: [
    {
      flags: "--to <host:port>",
      description: "What the outlet connects to; a bare port means 127.0.0.1",
      required: true,
    },
    {
      flags: "--from <address>",
      description:
        "Where the outlet receives, such as /service/outlet; when left out `outlet`, or two random words if that is taken",
    },
    {
      flags: "--connect-timeout <duration>",
      description: "Longest wait for the target to accept a connection (default: 10s)",
    },
    {
      flags: "--proxy-protocol <version>",
      description: "Tell the target about each visitor by a header of the PROXY protocol",
      choices: ["v1", "v2"],
    },
    ...socketOptions,
    atOption,
  ],
  examples: [
    "tcp-outlet create --at n3 --from /service/outlet --to 127.0.0.1:9000",
    "tcp-outlet create --to 9000",
  ],
  async run(context, input) {
    const target = parseHostPort(input.requiredText("to"), { what: "--to" });
    const to = formatHostPort(target);
    const from = input.text("from");
    const address = from === undefined ? {} : { address: parseServiceAddress(from) };
    const node = await context.node(input.text("at"));
    const settings = readSettings(input);
    const view = await context.control(node).call("tcp-outlet.create", { to, ...address, settings });
    warnIfLinkLocal(context, target.host);
    context.terminal.done(`Outlet ${view.worker_addr} of node ${node} connects to ${view.to}`);
    return { machine: view.worker_addr, json: view };
  },
};

function readSettings(input: CommandInput): OutletSettings {
  const connectTimeout = input.text("connect-timeout");
  const proxyProtocol = input.text("proxy-protocol");
  return {
    ...readSocketSettings(input),
    ...(connectTimeout === undefined
      ? {}
      : { connectTimeoutMs: parseDuration(connectTimeout, "--connect-timeout") }),
    // The parser lets nothing else through.
    ...(proxyProtocol === "v1" || proxyProtocol === "v2" ? { proxyProtocol } : {}),
  };
}

/** Link-local addresses hold what clouds tell their machines, passwords among it (RFC 3927; RFC 4291, section 2.5.6). */
function warnIfLinkLocal({ terminal }: CommandContext, host: string): void {
  if (!/^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(host)) return;
  terminal.warn(`${host} is link-local: such addresses often serve secrets of the machine to whoever asks`);
}
