import type { Address, Route } from "@x/core";
import { maxShareHops } from "../limits.js";

interface Branch<Item> {
  count: number;
  /** Made when there are some: most branches have one kind of content. */
  items: Set<Item> | undefined;
  branches: Map<Address, Branch<Item>> | undefined;
}

/**
 * Who has how much of something limited, by the ways back to them: a tree, in which each hop is a branch.
 * The first hop of a way back is the connection a message came by, the second the connection by which the node there got it,
 * and so on: each hop shares what it has fairly among those before it, and whoever invents hops divides their own share only.
 */
export class FairShare<Item> {
  readonly #root: Branch<Item> = newBranch();
  readonly #ways: Map<Item, Route> = new Map();

  /** How much is taken. */
  get size(): number {
    return this.#ways.size;
  }

  /** How much is taken by all whose way back begins with a hop. */
  takenBy(hop: Address): number {
    return this.#root.branches?.get(hop)?.count ?? 0;
  }

  /** Notes that an item was taken by somebody. */
  add(item: Item, wayBack: Route): void {
    const way = wayBack.slice(0, maxShareHops);
    this.#ways.set(item, way);
    let branch = this.#root;
    branch.count++;
    for (const hop of way) {
      branch.branches ??= new Map();
      const next = branch.branches.get(hop) ?? newBranch<Item>();
      if (next.count++ === 0) branch.branches.set(hop, next);
      branch = next;
    }
    branch.items ??= new Set();
    branch.items.add(item);
  }

  /** The item is free again. Safe to call twice. */
  remove(item: Item): void {
    const way = this.#ways.get(item);
    if (way === undefined) return;
    this.#ways.delete(item);
    let branch = this.#root;
    branch.count--;
    for (const hop of way) {
      const next = branch.branches?.get(hop) as Branch<Item>;
      if (--next.count === 0) branch.branches?.delete(hop);
      branch = next;
    }
    branch.items?.delete(item);
  }

  /**
   * The item that has to give way when somebody else wants one and none is left: of the one who has most, the first by `rank`.
   * Nothing when nobody has more than they would have then.
   *
   * @param from so many first hops of the way back are given: only who shares them may give way. Default 0
   */
  givesWayTo(wayBack: Route, rank: (item: Item) => number, from = 0): Item | undefined {
    let branch = this.#root;
    for (const hop of wayBack.slice(0, from)) branch = branch.branches?.get(hop) ?? newBranch();
    let depth = from;
    for (;;) {
      const fullest = fullestOf(branch);
      const own = depth < maxShareHops ? branch.branches?.get(wayBack[depth] ?? "") : undefined;
      if (fullest === undefined) return undefined;
      if (fullest !== own) {
        return fullest.count > (own?.count ?? 0) + 1 ? firstOf(fullest, rank) : undefined;
      }
      branch = fullest;
      depth++;
    }
  }
}

function newBranch<Item>(): Branch<Item> {
  return { count: 0, items: undefined, branches: undefined };
}

function fullestOf<Item>({ branches }: Branch<Item>): Branch<Item> | undefined {
  let fullest: Branch<Item> | undefined;
  for (const branch of branches?.values() ?? []) if (branch.count > (fullest?.count ?? 0)) fullest = branch;
  return fullest;
}

function firstOf<Item>(branch: Branch<Item>, rank: (item: Item) => number): Item | undefined {
  const fullest = fullestOf(branch);
  if (fullest !== undefined && fullest.count > (branch.items?.size ?? 0)) return firstOf(fullest, rank);
  let first: Item | undefined;
  for (const item of branch.items ?? []) if (first === undefined || rank(item) < rank(first)) first = item;
  return first;
}
