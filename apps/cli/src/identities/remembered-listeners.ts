import { type Identifier, isIdentifier } from "@x/identity";
import { HomeFile } from "../state/home-file.js";
import { isJsonObject } from "../state/json-file.js";
import { maxRememberedListeners } from "./limits.js";

/** As pairs, because objects have an order of their own for keys that are numbers. */
interface SavedFile {
  readonly listeners: readonly (readonly [route: string, identifier: Identifier])[];
}

/** Which identity was found at the end of a route at first use, where nothing else says whom to expect there. */
export class RememberedListeners {
  readonly #file: HomeFile<SavedFile>;

  constructor(home: string) {
    this.#file = new HomeFile(home, "remembered-listeners.json", {
      check: savedIn,
      empty: { listeners: [] },
    });
  }

  /** Who was there; nothing when the route is used for the first time. @throws CliError STATE_CORRUPT, STATE_FAILED */
  get(route: string): Identifier | undefined {
    return this.#file.read().listeners.find(([known]) => known === route)?.[1];
  }

  /** Forgets an identity wherever it was met; says at how many routes. @throws CliError STATE_CORRUPT, STATE_FAILED */
  async forget(identifier: Identifier): Promise<number> {
    return this.#file.change(async ({ listeners }, save) => {
      const rest = listeners.filter(([, known]) => known !== identifier);
      const forgotten = listeners.length - rest.length;
      if (forgotten > 0) await save({ listeners: rest });
      return forgotten;
    });
  }

  /**
   * Remembers who is there, for good: of several that do so at once the first one counts.
   *
   * @returns the identity that is remembered, which may be another one
   * @throws CliError STATE_CORRUPT, STATE_FAILED
   */
  async remember(route: string, identifier: Identifier): Promise<Identifier> {
    return this.#file.change(async ({ listeners }, save) => {
      const known = listeners.find(([other]) => other === route);
      if (known !== undefined) return known[1];
      await save({ listeners: [...listeners.slice(1 - maxRememberedListeners), [route, identifier]] });
      return identifier;
    });
  }
}

function savedIn(value: unknown): SavedFile | undefined {
  const isValid =
    isJsonObject(value) &&
    value.version === 1 &&
    Array.isArray(value.listeners) &&
    value.listeners.every(isPair);
  return isValid ? (value as unknown as SavedFile) : undefined;
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && isIdentifier(value[1]);
}
