/**
 * The order in which a round takes its subjects.
 * Each round begins one further along, and every second one runs backwards,
 * so that no subject always follows the same other one, or always meets the machine in the same state.
 */
export function roundOrder<T>(subjects: readonly T[], round: number): readonly T[] {
  const start = subjects.length === 0 ? 0 : round % subjects.length;
  const rotated = [...subjects.slice(start), ...subjects.slice(0, start)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}

/** Shares rounds out over blocks as evenly as whole numbers allow: 11 rounds in 3 blocks are 0–3, 4–7, 8–10. */
export function roundsOfBlocks(rounds: number, blocks: number): readonly (readonly number[])[] {
  const used = Math.min(rounds, blocks);
  const bounds = Array.from({ length: used + 1 }, (_, block) => Math.ceil((rounds * block) / used));
  return bounds
    .slice(1)
    .map((end, block) =>
      Array.from({ length: end - (bounds[block] ?? 0) }, (_, index) => (bounds[block] ?? 0) + index),
    );
}
