/** Gives numbers from 0 up to, not including, 1. The same seed gives the same numbers. */
export type RandomSource = () => number;

/** A small generator for faults that repeat: Marsaglia, "Xorshift RNGs" (2003), the 32-bit triple 13, 17, 5. Not for secrets. */
export function seededRandom(seed: number): RandomSource {
  // Multiplying spreads small seeds over all bits; zero is the one state xorshift never leaves.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
