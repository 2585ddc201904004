import type { Candidate } from "./candidate.js";
import type { Shell } from "./shell-scripts.js";

/**
 * Puts together again what bash takes apart at `=` and `:`.
 *
 * @returns the words, and how much of the last one bash takes for words before
 */
export function joinBashWords(words: readonly string[]): {
  readonly words: readonly string[];
  readonly cut: number;
} {
  const joined: string[] = [];
  let isBroken = false;
  for (const word of words) {
    const isBreak = /^[=:]+$/.test(word);
    if ((isBreak || isBroken) && joined.length > 0) joined.push((joined.pop() ?? "") + word);
    else joined.push(word);
    isBroken = isBreak;
  }
  const last = words.at(-1) ?? "";
  const whole = joined.at(-1) ?? "";
  return { words: joined, cut: isBroken ? whole.length : whole.length - last.length };
}

/** A candidate as the script of a shell reads it. */
export function formatCandidate({ value, description }: Candidate, shell: Shell, cut: number): string {
  if (shell === "fish") return description === "" ? value : `${value}\t${description}`;
  if (shell === "bash") return value.slice(cut);
  const escaped = value.replace(/[\\:]/g, "\\$&");
  return description === "" ? escaped : `${escaped}:${description}`;
}
