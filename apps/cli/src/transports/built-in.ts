import { manifestsOf } from "./manifest.js";
import { makeTransport, packageFileOf, readPackage, type TransportEntry } from "./transport-entry.js";

/** A transport that comes with the command. */
interface BuiltInTransport {
  /** Its package, whose `package.json` holds its manifest. */
  readonly package: string;
  readonly load: () => Promise<Readonly<Record<string, unknown>>>;
}

/** The transports that come with the command. Another one needs a line here, and its package among the dependencies. */
const builtInTransports: readonly BuiltInTransport[] = [
  { package: "@x/transport-tcp", load: () => import("@x/transport-tcp") },
  { package: "@x/transport-unix", load: () => import("@x/transport-unix") },
  { package: "@x/transport-ws", load: () => import("@x/transport-ws") },
  { package: "@x/transport-udp", load: () => import("@x/transport-udp") },
];

/** The same, as the command line knows them. */
export function builtInEntries(): readonly TransportEntry[] {
  return builtInTransports.flatMap(({ package: name, load }) =>
    manifestsOf(readPackage(packageFileOf(name)), name).map((manifest) => ({
      manifest,
      make: async (options) => makeTransport(await load(), manifest, { where: name, options }),
    })),
  );
}
