import type { NameStore, SavedName } from "../src/names/name-store.js";

/** A store of names that outlives the services that use it. */
export class MemoryNames implements NameStore {
  text = "[]";
  saves = 0;
  failure: Error | undefined;

  load(): readonly unknown[] {
    return JSON.parse(this.text) as unknown[];
  }

  save(names: readonly SavedName[]): Promise<void> {
    this.saves += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.text = JSON.stringify(names);
    return Promise.resolve();
  }
}
