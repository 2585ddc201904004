import { CulvertError } from "@x/core";
import type { Making, Resource } from "../registry/resource.js";
import { NamedEntries, notFound } from "./named-entries.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";

/** The things of one kind that a node has: made, listed, deleted and made again as their definition says. */
export class ResourceTable {
  readonly resource: Resource;
  readonly #context: RuntimeContext;
  readonly #made: NamedEntries<unknown>;
  /** What could not be made again. */
  readonly #failed: object[] = [];

  constructor(resource: Resource, context: RuntimeContext) {
    this.resource = resource;
    this.#context = context;
    this.#made = new NamedEntries(resource.noun);
  }

  /**
   * Makes one and waits for it as long as its definition says.
   *
   * @throws CliError RESOURCE_NAME_TAKEN; CulvertError ABORTED when the command that asked went away; what starting throws.
   * Nothing is left of it then.
   */
  async create(given: object, { signal }: Making): Promise<unknown> {
    const { resource } = this;
    const isTaken = (name: string): boolean => this.#made.has(name);
    const params = (await resource.complete?.(this.#context, given, isTaken)) ?? given;
    const entry = await this.#add(params, signal === undefined ? {} : { signal });
    this.#context.changed();
    try {
      await resource.settle?.(entry, params, signal);
      if (signal?.aborted === true) throw this.#givenUp(entry);
    } catch (error) {
      await this.#remove(entry);
      throw error;
    }
    return resource.view(this.#context, entry);
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
    return this.#all().map((entry) => this.resource.view(this.#context, entry));
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
    return resource.detail === undefined ? this.#listed(entry) : resource.detail(this.#context, entry);
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
    await this.#remove(entry);
    return deleted;
  }

  /** What is to be made again. */
  specs(): readonly object[] {
    const made = this.#made
      .list()
      .flatMap((entry) => (this.resource.spec(entry) as object | undefined) ?? []);
    return [...made, ...this.#failed];
  }

  stopAccepting(): void {
    for (const entry of this.#made.list()) this.resource.stopAccepting?.(entry);
  }

  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.#made.list().map((entry) => this.resource.drain?.(entry, graceMs)));
  }

  async leave(): Promise<void> {
    await Promise.all(this.#made.list().map((entry) => this.resource.leave?.(entry)));
  }

  /** Streams that are open. */
  openStreams(): number {
    return this.#made.list().reduce<number>((sum, entry) => sum + (this.resource.streams?.(entry) ?? 0), 0);
  }

  levels(): Readonly<Record<string, number>> {
    return this.resource.levels?.(this.#made.list()) ?? {};
  }

  async #add(params: object, making: Making): Promise<unknown> {
    const { resource } = this;
    const start = (): Promise<unknown> => resource.start(this.#context, params, making);
    const name = resource.reserve?.(params);
    if (name !== undefined) return this.#made.add(name, start);
    const entry = await start();
    return this.#made.add(resource.names(entry)[0], () => entry);
  }

  async #remove(entry: unknown): Promise<void> {
    this.#made.remove(this.resource.names(entry)[0]);
    this.#context.changed();
    await this.resource.close(entry);
  }

  #all(): readonly unknown[] {
    const made = this.#made.list();
    return this.resource.all?.(this.#context, made) ?? made;
  }

  #listed(entry: unknown): unknown {
    const { resource } = this;
    return (resource.listed ?? resource.view).call(resource, this.#context, entry);
  }

  /** One that was made comes before one that merely has the same name. */
  #find(name: string): unknown {
    const all = this.#all();
    const ownName = (entry: unknown): string => this.resource.names(entry)[0];
    const named = all.filter((entry) => this.resource.names(entry).includes(name));
    const found =
      named.find((entry) => ownName(entry) === name) ??
      named.find((entry) => this.#made.has(ownName(entry))) ??
      named[0];
    if (found === undefined && all.length > 0) throw notFound(this.resource.noun, name, all.map(ownName));
    return found;
  }

  #givenUp(entry: unknown): CulvertError {
    const name = this.resource.names(entry)[0];
    const reason = `Cannot create ${this.resource.what} "${name}": the command that asked was given up`;
    return new CulvertError("ABORTED", reason);
  }
}
