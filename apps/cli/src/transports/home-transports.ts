import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "../cli-error.js";
import { HomeFile } from "../state/home-file.js";
import { isJsonObject } from "../state/json-file.js";
import { checkManifest, invalid, manifestsOf, type TransportManifest } from "./manifest.js";
import { makeTransport, packageFileOf, readPackage, type TransportEntry } from "./transport-entry.js";

/** What is known of an added transport: enough to start without a look at its package. */
interface Added {
  readonly source: string;
  readonly manifest: TransportManifest;
}

/**
 * The transports that a home has beside those of the command. They stand in its settings alone: no configuration of a node
 * can name code.
 */
export class HomeTransports {
  readonly #home: string;
  readonly #file: HomeFile<AddedFile>;

  constructor(home: string) {
    this.#home = home;
    this.#file = new HomeFile(home, "transports.json", { check: addedIn, empty: { transports: [] } });
  }

  /** @throws CliError STATE_CORRUPT, STATE_FAILED, TRANSPORT_INVALID */
  list(): readonly TransportEntry[] {
    return this.#read().map(({ source, manifest }) => ({
      source,
      manifest,
      make: async (options) => {
        const file = pathToFileURL(join(this.#folderOf(source), manifest.module ?? "index.js")).href;
        const module = await import(file).catch((error: unknown) => {
          throw invalid(source, `it cannot be loaded: ${String(error)}`, error);
        });
        return makeTransport(module, manifest, { where: source, options });
      },
    }));
  }

  /**
   * Adds the transports of a package, or reads their manifests again.
   *
   * @param source a folder, as an absolute path, or the name of a package: of the home's `node_modules`, else of the command's
   * @param taken the names of transports that come with the command
   * @throws CliError TRANSPORT_INVALID, STATE_FAILED
   */
  async add(source: string, taken: readonly string[]): Promise<readonly TransportManifest[]> {
    const manifests = this.current(source);
    await this.#change((all) => {
      const others = all.filter((added) => added.source !== source);
      const names = [...taken, ...others.map((added) => added.manifest.name)];
      for (const { name } of manifests) {
        if (names.includes(name)) throw invalid(source, `there is a transport ${name} already`);
        names.push(name);
      }
      return [...others, ...manifests.map((manifest) => ({ source, manifest }))];
    });
    return manifests;
  }

  /**
   * Forgets a transport by its name or source.
   *
   * @throws CliError RESOURCE_NOT_FOUND, STATE_FAILED
   */
  async remove(name: string): Promise<void> {
    const isMeant = ({ source, manifest }: Added): boolean => manifest.name === name || source === name;
    await this.#change((all) => {
      if (!all.some(isMeant)) throw notFound(name);
      return all.filter((added) => !isMeant(added));
    });
  }

  /**
   * What a package says of its transports now.
   *
   * @throws CliError TRANSPORT_INVALID
   */
  current(source: string): readonly TransportManifest[] {
    return manifestsOf(readPackage(join(this.#folderOf(source), "package.json")), source);
  }

  /** Only the home's own folder counts beside the command's: those above it may be anybody's. */
  #folderOf(source: string): string {
    if (isAbsolute(source)) return source;
    const inHome = join(this.#home, "node_modules", source);
    return existsSync(join(inHome, "package.json")) ? inHome : dirname(packageFileOf(source));
  }

  #read(): readonly Added[] {
    return addedOf(this.#file.read());
  }

  async #change(change: (all: readonly Added[]) => readonly Added[]): Promise<void> {
    await this.#file.change((content, save) => save({ transports: change(addedOf(content)) }));
  }
}

interface AddedFile {
  readonly transports: readonly Partial<Added>[];
}

function addedIn(value: unknown): AddedFile | undefined {
  const isValid = isJsonObject(value) && value.version === 1 && Array.isArray(value.transports);
  return isValid ? (value as unknown as AddedFile) : undefined;
}

function addedOf({ transports }: AddedFile): readonly Added[] {
  return transports.map(({ source, manifest }) => {
    const where = String(source);
    return { source: where, manifest: checkManifest(manifest, where) };
  });
}

function notFound(name: string): CliError {
  return new CliError(
    "RESOURCE_NOT_FOUND",
    `Cannot remove transport "${name}": not found among those added`,
    {
      hint: "See `culvert transport list`",
    },
  );
}
