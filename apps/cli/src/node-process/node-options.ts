import { CliError } from "../cli-error.js";
import { flag, hexText, nameOf, nodeName } from "../registry/kinds.js";
import { type Option, option, type ValueKind } from "../registry/option.js";
import { placeOf, placeWord } from "../resources/options/places.js";
import { parseHostPort } from "../syntax/host-port.js";
import type { TransportEntry } from "../transports/transport-entry.js";

/** The transport over which every node listens. */
export const defaultTransport = "tcp";

/** Where a node listens when nobody says otherwise: this machine alone, any port. */
export const defaultListenerAddress = "127.0.0.1:0";

/** A port; 0 lets the system choose. */
const port: ValueKind<string> = {
  schema: nodeName.schema,
  check(text, what) {
    if (/^\d{1,5}$/.test(text)) return parseHostPort(text, { what, portZero: true });
    throw new CliError("USAGE_INVALID", `Cannot use ${what} ${JSON.stringify(text)}: it is no port`);
  },
  read: ([text = ""]) => text,
};

/** What can be said of a node itself, by options of `node create` and in configurations. */
export function nodeOptions(transports: readonly TransportEntry[]): readonly Option[] {
  return [
    option("name", nodeName, {
      flags: "[name]",
      description:
        "Name of the node; two random words when left out. What is no name is the path or URL of a configuration",
    }),
    ...transports
      .filter(({ manifest: { listens = true } }) => listens)
      .map(({ manifest }) => {
        const isDefault = manifest.name === defaultTransport;
        const flags = `--${listenerOption(manifest.name)} <${placeWord(manifest)}>`;
        return option(listenerOption(manifest.name), placeOf(manifest, true), {
          flags: isDefault ? `-t, ${flags}` : flags,
          description: isDefault
            ? `Where the node listens for ${manifest.title} connections of other nodes (default: "${defaultListenerAddress}")`
            : `Where it listens for ${manifest.title}; not at all when left out`,
        });
      }),
    option("identity", nameOf("identity"), {
      flags: "--identity <name>",
      description: "Who the node is; made when it is missing; the default identity when left out",
    }),
    option("authority-identity", hexText, {
      flags: "--authority-identity <hex>",
      description:
        "The authority whose credentials count, as `culvert identity show --full --encoding hex` prints it; channels then need one. None when left out",
    }),
    option("credential-scope", nameOf("scope"), {
      flags: "--credential-scope <scope>",
      description: "Which of the stored credentials the node shows; those of the default scope when left out",
    }),
    option("http-server", flag, {
      flags: "--http-server",
      description: "Open an HTTP server with health and metrics on a random loopback port",
    }),
    option("http-server-port", port, {
      flags: "--http-server-port <port>",
      description:
        "Open the HTTP server on this port; a random one with --http-server, and none, when left out",
    }),
  ];
}

/** The option that says where a node listens over a transport. */
export function listenerOption(transport: string): string {
  return `${transport}-listener-address`;
}
