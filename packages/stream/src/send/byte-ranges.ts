interface ByteRange {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** A set of byte offsets, kept as ranges. */
export class ByteRanges {
  /** Lowest first; they neither touch nor overlap. */
  #ranges: ByteRange[] = [];

  /** The lowest range. */
  get first(): ByteRange | undefined {
    return this.#ranges[0];
  }

  /** Adds the offsets from `from` up to, not including, `to`. */
  add(from: number, to: number): void {
    const before = this.#ranges.filter((range) => range.to < from);
    const after = this.#ranges.filter((range) => range.from > to);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const joined = {
      from: Math.min(from, touched[0]?.from ?? from),
      to: Math.max(to, touched.at(-1)?.to ?? to),
    };
    this.#ranges = [...before, joined, ...after];
  }

  /** Takes out all offsets below `to`. */
  removeBelow(to: number): void {
    const first = this.#ranges[0];
    if (first === undefined || first.from >= to) return;
    this.#ranges = this.#ranges
      .filter((range) => range.to > to)
      .map((range) => (range.from < to ? { from: to, to: range.to } : range));
  }
}
