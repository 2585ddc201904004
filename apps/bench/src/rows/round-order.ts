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

/** The rounds that one of several passes makes, as even shares as whole numbers allow: 11 rounds in 3 passes are 0–3, 4–7, 8–10. */
export function roundsOfPass(rounds: number, pass: number, passes: number): readonly number[] {
  const start = Math.ceil((rounds * pass) / passes);
  const end = Math.ceil((rounds * (pass + 1)) / passes);
  return Array.from({ length: end - start }, (_, index) => start + index);
}
