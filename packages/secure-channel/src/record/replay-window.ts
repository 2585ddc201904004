import { replayWindow } from "../limits.js";

/** One more than the window has: its oldest and its newest counter may stand in words of the same place. */
const words = replayWindow / 32 + 1;

/** Which counters came already: the newest, and those not more than {@link replayWindow} before it. */
export class ReplayWindow {
  readonly #bits = new Uint32Array(words);
  #newest = -1;

  /** The highest counter so far; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Says whether a record may be new: not seen yet, and not too old to know. */
  mayBeNew(counter: number): boolean {
    if (counter > this.#newest) return true;
    if (counter <= this.#newest - replayWindow) return false;
    return ((this.#word(counter) >>> (counter % 32)) & 1) === 0;
  }

  /** Notes a record whose tag was right. Must be {@link mayBeNew}. */
  note(counter: number): void {
    if (counter > this.#newest) this.#moveTo(counter);
    const at = this.#index(counter);
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (counter % 32));
  }

  #moveTo(counter: number): void {
    const from = Math.floor(this.#newest / 32);
    const steps = Math.min(words, Math.floor(counter / 32) - from);
    for (let step = 1; step <= steps; step++) this.#bits[(from + step + words) % words] = 0;
    this.#newest = counter;
  }

  #word(counter: number): number {
    return this.#bits[this.#index(counter)] ?? 0;
  }

  #index(counter: number): number {
    return Math.floor(counter / 32) % words;
  }
}
