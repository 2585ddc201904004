import * as v from "valibot";
import { CliError } from "../cli-error.js";
import { ownStepKinds } from "../syntax/multi-address.js";

/** One limit of a transport that can be set for a node. */
const limit = v.strictObject({
  /** The option of the transport's factory that it is. */
  option: v.string(),
  /** Used when nobody sets it: that of the package itself. */
  default: v.pipe(v.number(), v.safeInteger()),
  /** Smallest value. */
  least: v.pipe(v.number(), v.safeInteger()),
  /** Largest value. Default: the largest whole number. */
  most: v.exactOptional(v.pipe(v.number(), v.safeInteger())),
  /** An option that is a sixteenth of it: the soft bound of a queue beside its hard one. */
  softOption: v.exactOptional(v.string()),
});

const schema = v.strictObject({
  /** The word before `#` in addresses, and in routes and nouns: `udp`. */
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, "must be lowercase letters, digits and -")),
  /** How messages call it: `UDP`. */
  title: v.pipe(v.string(), v.regex(/^[\w -]{1,32}$/, "must be 1 to 32 letters, digits and -")),
  /** The export that makes the transport, given options. */
  factory: v.pipe(v.string(), v.regex(/^[A-Za-z_]\w{0,63}$/, "must be the name of an export")),
  /** The module with that export, within the package. Default: `index.js`. */
  module: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^(?:\.\/)?(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.m?js$/, "must be a .js file within the package"),
    ),
  ),
  /**
   * `host-port`: `/ip4/10.0.0.1/udp/7000`, and `host:port` elsewhere. `value`: any text, percent-encoded in routes. `url`: the
   * same, of the form `host[:port][/path]`.
   */
  address: v.picklist(["host-port", "value", "url"]),
  /** Which listener of a node `/node/x` takes: that of the lowest rank. */
  rank: v.pipe(v.number(), v.safeInteger()),
  /** Whether nodes can listen over it. Default true. */
  listens: v.exactOptional(v.boolean()),
  /** Whether `doctor` tries its listeners: it connects as a node does. */
  stream: v.exactOptional(v.boolean()),
  /** By name without the transport's: `connections`, `handshakes`. */
  limits: v.exactOptional(v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,31}$/)), limit)),
});

/**
 * What a transport's package says of it in its `package.json`, below `culvert.transport`: all the command line needs to know
 * without loading it.
 */
export type TransportManifest = v.InferOutput<typeof schema>;

/** What no transport can be called: steps of routes, and the beginnings of nouns that are something else. */
const reserved: ReadonlySet<string> = new Set([...ownStepKinds, "secure-channel"]);

/**
 * Reads the manifests out of the content of a `package.json`: one, or a list.
 *
 * @param where the package, for the error
 * @throws CliError TRANSPORT_INVALID
 */
export function manifestsOf(content: unknown, where: string): readonly TransportManifest[] {
  const given = (content as { culvert?: { transport?: unknown } } | null)?.culvert?.transport ?? [];
  const all = [given].flat();
  if (all.length === 0) throw invalid(where, "its package.json has no culvert.transport");
  return all.map((each) => checkManifest(each, where));
}

/**
 * Checks a manifest.
 *
 * @throws CliError TRANSPORT_INVALID
 */
export function checkManifest(value: unknown, where: string): TransportManifest {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw invalid(where, `culvert.transport: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  }
  if (reserved.has(result.output.name)) throw invalid(where, `its name, ${result.output.name}, is taken`);
  return result.output;
}

/** The error for a transport that cannot be used. */
export function invalid(where: string, reason: string, cause?: unknown): CliError {
  return new CliError("TRANSPORT_INVALID", `Cannot use transport ${where}: ${reason}`, {
    hint: "See what culvert.transport of its package.json must hold, and try `culvert transport add` again",
    cause,
  });
}
