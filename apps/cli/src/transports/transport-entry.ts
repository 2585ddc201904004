import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { CulvertError, Transport } from "@x/core";
import { invalid, type TransportManifest } from "./manifest.js";

/** A transport that the command line knows. */
export interface TransportEntry {
  readonly manifest: TransportManifest;
  /** The folder or package that was added; absent for those that come with the command. */
  readonly source?: string;
  /**
   * Makes the transport. Nothing of it is loaded before.
   *
   * @throws CliError TRANSPORT_INVALID
   */
  make(options: TransportOptions): Promise<Transport>;
}

/** What a transport's factory is given: its limits under the names of its manifest, and whom to tell of trouble on listeners. */
export interface TransportOptions extends Readonly<Record<string, unknown>> {
  readonly onReport: (error: CulvertError) => void;
}

/** Where the `package.json` of a package is that the command itself can load. */
export function packageFileOf(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch (error) {
    throw invalid(name, "there is no such package in the home's node_modules, nor with the command", error);
  }
}

/** @throws CliError TRANSPORT_INVALID */
export function readPackage(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw invalid(path, "it cannot be read", error);
  }
}

/** Makes a transport by the factory of its module. */
export async function makeTransport(
  module: Readonly<Record<string, unknown>>,
  { name, factory }: TransportManifest,
  { where, options }: { readonly where: string; readonly options: TransportOptions },
): Promise<Transport> {
  const create = module[factory];
  if (typeof create !== "function") throw invalid(where, `it exports no function ${factory}`);
  const transport = (await create(options)) as Partial<Transport>;
  const isWhole = typeof transport.dial === "function" && typeof transport.listen === "function";
  if (!isWhole || transport.name !== name) throw invalid(where, `${factory}() gives no transport ${name}`);
  return transport as Transport;
}
