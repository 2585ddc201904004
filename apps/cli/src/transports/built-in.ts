/** A transport that comes with the command. */
export interface BuiltInTransport {
  /** Its package, whose `package.json` holds its manifest. */
  readonly package: string;
  readonly load: () => Promise<Readonly<Record<string, unknown>>>;
}

/** The transports that come with the command. Another one needs a line here, and its package among the dependencies. */
export const builtInTransports: readonly BuiltInTransport[] = [
  { package: "@x/transport-tcp", load: () => import("@x/transport-tcp") },
  { package: "@x/transport-udp", load: () => import("@x/transport-udp") },
];
