import { CulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import type { Told } from "../events/event-log.js";
import { differences, keptParams, type Params } from "../registry/differences.js";
import type { Making, Resource } from "../registry/resource.js";
import { settingsOf } from "../registry/settings.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";

/** What to change of a thing. */
export interface Changes {
  /** Parameters by name, and what counts for the change alone. */
  readonly set: Params;
  /** Parameters that are said no longer. */
  readonly unset: readonly string[];
}

/** A thing after a change. */
export interface Changed {
  readonly view: unknown;
  /** The parameters that are others now. */
  readonly changed: readonly string[];
  /** Whether it was closed and made anew: what it carried is over. */
  readonly isAnew: boolean;
}

/** A thing by its own name, with the parameters that make it. Holds no secret of its own. */
export interface NamedParams {
  readonly name: string;
  readonly params: Params;
}

/** The things of one kind that a node has: made, changed, listed, deleted and made again as their definition says. */
export class ResourceTable {
  readonly resource: Resource;
  readonly #context: RuntimeContext;
  readonly #made = new Map<string, unknown>();
  /** Names of things that are being made: two commands at once cannot both have one. */
  readonly #reserved = new Set<string>();
  /** What could not be made again. */
  readonly #failed: object[] = [];

  constructor(resource: Resource, context: RuntimeContext) {
    this.resource = resource;
    this.#context = context;
  }

  /**
   * Makes one and waits for it as long as its definition says.
   *
   * @throws CliError RESOURCE_NAME_TAKEN; CulvertError ABORTED when the command that asked went away; what starting throws.
   * Nothing is left of it then.
   */
  async create(given: object, { signal }: Making): Promise<unknown> {
    const { resource } = this;
    const isTaken = (name: string): boolean => this.#made.has(name) || this.#reserved.has(name);
    const plain = (resource.plain?.(given) as object | undefined) ?? given;
    const params = (await resource.complete?.(this.#context, plain, isTaken)) ?? plain;
    const entry = await this.#add(params, signal === undefined ? {} : { signal });
    this.#context.changed();
    try {
      await resource.settle?.(entry, params, signal);
      if (signal?.aborted === true) throw this.#givenUp(entry);
    } catch (error) {
      await this.#remove(entry);
      throw error;
    }
    this.#context.events.made(this.#told(entry));
    return resource.view(this.#context, entry);
  }

  /**
   * Changes one, while it lives where its definition can; else it is closed and made anew under its name. Nothing happens where
   * it is so already.
   *
   * @throws CliError RESOURCE_NOT_FOUND, RESOURCE_IN_USE where the node did not make it; what starting throws, and then it is as
   * it was
   */
  async update(name: string, { set, unset }: Changes, { signal }: Making): Promise<Changed> {
    const { resource } = this;
    const entry = this.#findMade(name);
    const own = resource.names(entry)[0];
    if (this.#reserved.has(own)) throw this.#isBusy(own);
    this.#reserved.add(own);
    try {
      const before = resource.spec(entry) as Params;
      const rest = Object.entries(before).filter(([key]) => !unset.includes(key));
      const given = { ...Object.fromEntries(rest), ...set };
      const wanted = (resource.plain?.(given) as Params | undefined) ?? given;
      const changed = differences(resource.options, wanted, keptParams(resource.options, before));
      if (changed.length === 0) return { view: resource.view(this.#context, entry), changed, isAnew: false };
      const making = signal === undefined ? {} : { signal };
      const isLive = changed.every((key) => resource.changeable?.includes(key));
      const lived = isLive ? await resource.change?.(this.#context, entry, wanted, making) : undefined;
      const now = lived ?? (await this.#remake(entry, wanted, making));
      this.#made.set(own, now);
      this.#context.changed();
      if (lived !== undefined) await resource.settle?.(now, wanted, signal);
      return { view: resource.view(this.#context, now), changed, isAnew: lived === undefined };
    } finally {
      this.#reserved.delete(own);
    }
  }

  /** All that were made, with what makes them. */
  params(): readonly NamedParams[] {
    return this.#entries().flatMap((entry) => {
      const spec = this.resource.spec(entry) as object | undefined;
      if (spec === undefined) return [];
      return [{ name: this.resource.names(entry)[0], params: keptParams(this.resource.options, spec) }];
    });
  }

  /** Makes things again. One that fails is logged, and tried again when the node starts the next time. */
  async restore(specs: readonly object[]): Promise<void> {
    for (const spec of specs) {
      await this.#add(spec, { isRestart: true }).catch((error: unknown) => {
        this.#failed.push(spec);
        this.#context.log.error(failureFields(error), `Cannot start a ${this.resource.noun} again`);
      });
    }
  }

  list(): readonly unknown[] {
    return this.#all().map((entry) => this.#listed(entry));
  }

  /** All of them as `node show` tells of them. */
  views(): readonly unknown[] {
    return this.#all().map((entry) => this.#withSettings(entry, this.resource.view(this.#context, entry)));
  }

  /**
   * The thing of that name; an empty list when there is nothing of its kind at all.
   *
   * @throws CliError RESOURCE_NOT_FOUND
   */
  show(name: string): unknown {
    const entry = this.#find(name);
    if (entry === undefined) return [];
    const { resource } = this;
    const detail =
      resource.detail === undefined ? this.#listed(entry) : resource.detail(this.#context, entry);
    return this.#withSettings(entry, detail);
  }

  /**
   * Closes the thing of that name for good; an empty list when there is nothing of its kind at all.
   *
   * @throws CliError RESOURCE_NOT_FOUND, RESOURCE_IN_USE
   */
  async delete(name: string): Promise<unknown> {
    const entry = this.#find(name);
    if (entry === undefined) return [];
    const refusal = this.resource.undeletable?.(this.#context, entry);
    if (refusal !== undefined) throw refusal;
    const deleted = this.resource.deleted === undefined ? this.#listed(entry) : this.resource.deleted(entry);
    const told = this.#told(entry);
    await this.#remove(entry);
    this.#context.events.deleted(told);
    return deleted;
  }

  /** What is to be made again. */
  specs(): readonly object[] {
    const made = this.#entries().flatMap((entry) => (this.resource.spec(entry) as object | undefined) ?? []);
    return [...made, ...this.#failed];
  }

  stopAccepting(): void {
    for (const entry of this.#entries()) this.resource.stopAccepting?.(entry);
  }

  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.#entries().map((entry) => this.resource.drain?.(entry, graceMs)));
  }

  async leave(): Promise<void> {
    await Promise.all(this.#entries().map((entry) => this.resource.leave?.(entry)));
  }

  /** Streams that are open. */
  openStreams(): number {
    return this.#entries().reduce<number>((sum, entry) => sum + (this.resource.streams?.(entry) ?? 0), 0);
  }

  levels(): Readonly<Record<string, number>> {
    return this.resource.levels?.(this.#entries()) ?? {};
  }

  /** What was said when it was made, too, if it was. */
  #withSettings(entry: unknown, view: unknown): unknown {
    const isMade = this.#made.has(this.resource.names(entry)[0]);
    const spec = isMade ? this.resource.spec(entry) : undefined;
    return spec === undefined
      ? view
      : { ...(view as object), settings: settingsOf(this.resource.options, spec) };
  }

  #told(entry: unknown): Told {
    return { resource: this.resource.noun, name: this.resource.names(entry)[0] };
  }

  #entries(): readonly unknown[] {
    return [...this.#made.values()];
  }

  async #add(params: object, making: Making): Promise<unknown> {
    const { resource } = this;
    const name = resource.reserve?.(params);
    if (name !== undefined && (this.#made.has(name) || this.#reserved.has(name))) throw this.#taken(name);
    try {
      if (name !== undefined) this.#reserved.add(name);
      const entry = await resource.start(this.#context, params, making);
      this.#made.set(resource.names(entry)[0], entry);
      return entry;
    } finally {
      if (name !== undefined) this.#reserved.delete(name);
    }
  }

  /** Closes one and makes it anew; as it was, where that fails. */
  async #remake(entry: unknown, wanted: object, making: Making): Promise<unknown> {
    const { resource } = this;
    const before = resource.spec(entry) as object;
    await resource.close(entry, this.#context);
    try {
      const now = await resource.start(this.#context, wanted, making);
      try {
        await resource.settle?.(now, wanted, making.signal);
      } catch (error) {
        await resource.close(now, this.#context);
        throw error;
      }
      return now;
    } catch (error) {
      const own = resource.names(entry)[0];
      this.#made.delete(own);
      this.#made.set(own, await resource.start(this.#context, before, { isRestart: true }));
      throw error;
    }
  }

  /** @throws CliError RESOURCE_NOT_FOUND, RESOURCE_IN_USE */
  #findMade(name: string): unknown {
    const entry = this.#find(name);
    const { noun, what } = this.resource;
    if (entry === undefined) {
      const reason = `Cannot find ${noun} "${name}": not found on node ${this.#context.nodeName}`;
      throw new CliError("RESOURCE_NOT_FOUND", reason);
    }
    if (this.#made.get(this.resource.names(entry)[0]) === entry && this.resource.spec(entry) !== undefined)
      return entry;
    throw new CliError("RESOURCE_IN_USE", `Cannot update ${what} "${name}": nobody made it on this node`);
  }

  async #remove(entry: unknown): Promise<void> {
    const [name] = this.resource.names(entry);
    if (this.#reserved.has(name) && this.#made.has(name)) throw this.#isBusy(name);
    if (this.#made.get(name) === entry) this.#made.delete(name);
    this.#context.changed();
    await this.resource.close(entry, this.#context);
  }

  #all(): readonly unknown[] {
    const made = this.#entries();
    return this.resource.all?.(this.#context, made) ?? made;
  }

  #listed(entry: unknown): unknown {
    const { resource } = this;
    return (resource.listed ?? resource.view).call(resource, this.#context, entry);
  }

  /**
   * One whose own name it is comes before those that merely have it too, and of those one that was made.
   *
   * @throws CliError RESOURCE_NOT_FOUND, RESOURCE_AMBIGUOUS
   */
  #find(name: string): unknown {
    const all = this.#all();
    const ownName = (entry: unknown): string => this.resource.names(entry)[0];
    const named = all.filter((entry) => this.resource.names(entry).includes(name));
    const found = named.find((entry) => ownName(entry) === name);
    if (found !== undefined) return found;
    const made = named.filter((entry) => this.#made.has(ownName(entry)));
    const [first, ...others] = made.length > 0 ? made : named;
    const { noun } = this.resource;
    if (others.length > 0) {
      const names = [first, ...others].map(ownName);
      throw new CliError(
        "RESOURCE_AMBIGUOUS",
        `Cannot tell which ${noun} "${name}" is: ${names.length} have it`,
        {
          hint: `Give one of ${names.slice(0, 10).join(", ")}`,
        },
      );
    }
    if (first !== undefined || all.length === 0) return first;
    throw new CliError(
      "RESOURCE_NOT_FOUND",
      `Cannot find ${noun} "${name}": not found on node ${this.#context.nodeName}`,
      {
        hint: `There are: ${all.slice(0, 10).map(ownName).join(", ")}`,
      },
    );
  }

  #isBusy(name: string): CliError {
    const { noun } = this.resource;
    return new CliError("RESOURCE_IN_USE", `Cannot change ${noun} "${name}": it is being changed`, {
      hint: "Try again in a moment",
    });
  }

  #taken(name: string): CliError {
    const { noun } = this.resource;
    return new CliError("RESOURCE_NAME_TAKEN", `Cannot create ${noun} "${name}": the name is taken`, {
      hint: `Choose another name, or delete the ${noun} "${name}" first`,
    });
  }

  #givenUp(entry: unknown): CulvertError {
    const name = this.resource.names(entry)[0];
    const reason = `Cannot create ${this.resource.what} "${name}": the command that asked was given up`;
    return new CulvertError("ABORTED", reason);
  }
}
