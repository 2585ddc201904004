import { CulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import { createStyle, type Style } from "./style.js";

/** How a command may speak with the user. */
export interface TerminalOptions {
  /** No progress, check marks, warnings or logs on standard error. */
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
  readonly noColor: boolean;
  /** Never ask. */
  readonly noInput: boolean;
}

/** Everything beside the result: progress, warnings and questions, all on standard error. */
export class Terminal {
  /** For text on standard error. */
  readonly style: Style;
  /** For text on standard output. */
  readonly resultStyle: Style;
  /** How often `-v` was given. */
  readonly verbose: number;
  /** Whether somebody is there to answer a question. */
  readonly isInteractive: boolean;
  readonly #quiet: boolean;
  #isSpinning = false;
  #isAsking = false;
  #stopSpinner: (() => void) | undefined;

  constructor(options: TerminalOptions) {
    this.#quiet = options.quiet;
    this.verbose = options.verbose;
    this.isInteractive = !options.noInput && process.stdin.isTTY === true && process.stderr.isTTY === true;
    this.style = createStyle(!options.noColor && process.stderr.isTTY === true);
    this.resultStyle = createStyle(!options.noColor && process.stdout.isTTY === true);
  }

  /** A line about what is going on. */
  note(text: string): void {
    this.#write(text);
  }

  /** A line about something done, with a check mark. */
  done(text: string): void {
    this.#write(`${this.style.green("✔")} ${text}`);
  }

  /** A line about something the user should know. */
  warn(text: string): void {
    this.#write(`${this.style.yellow("warning:")} ${text}`);
  }

  /** A line for who wants to see the steps: shown with `-v`. */
  debug(text: string): void {
    if (this.verbose > 0) this.#write(this.style.dim(text));
  }

  /** Whether a line that changes can be shown. */
  get isLive(): boolean {
    return !this.#quiet && process.stderr.isTTY === true;
  }

  /** Shows a line in the place of the one that was shown before, where {@link isLive}. */
  showLine(text: string): void {
    if (this.isLive) process.stderr.write(`\r\u001b[K${text}`);
  }

  /** Takes such a line away. */
  clearLine(): void {
    if (this.isLive) process.stderr.write("\r\u001b[K");
  }

  /** Waits for a promise under a spinner that says what is being waited for. Without a terminal, nothing is shown. */
  async spin<T>(text: string, work: Promise<T>): Promise<T> {
    if (this.#quiet || process.stderr.isTTY !== true) return await work;
    // A wait nobody notices gets no spinner: it would only flicker.
    const patience = setTimeout(() => void this.#showSpinner(text, work), spinnerDelayMs);
    try {
      return await work;
    } finally {
      clearTimeout(patience);
    }
  }

  async #showSpinner(text: string, work: Promise<unknown>): Promise<void> {
    // Of several waits at once, one is shown; none beside a question.
    if (this.#isSpinning || this.#isAsking) return;
    this.#isSpinning = true;
    const { default: createSpinner } = await import("yocto-spinner");
    // Who listens for the signal ends in good order; else the spinner gives the cursor back.
    const handleSignals = process.listenerCount("SIGINT") === 0;
    const spinner = createSpinner({ text, stream: process.stderr, handleSignals }).start();
    const stop = (): void => {
      this.#isSpinning = false;
      spinner.stop();
    };
    this.#stopSpinner = stop;
    work.then(stop, stop);
  }

  /**
   * Makes sure the user means it: asks on a terminal, elsewhere wants `--yes`.
   *
   * @param yes whether `--yes` was given
   * @returns false when the user says no
   * @throws CliError CONFIRMATION_NEEDED when nobody can be asked; CulvertError ABORTED when the user gives up
   */
  async confirm(question: string, yes: boolean): Promise<boolean> {
    if (yes) return true;
    if (!this.isInteractive) {
      throw new CliError("CONFIRMATION_NEEDED", `Cannot go on without confirmation: ${question}`, {
        hint: "Give --yes to confirm",
      });
    }
    const { confirm, isCancel } = await import("@clack/prompts");
    const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
    if (isCancel(answer)) throw givenUp(question);
    return answer;
  }

  /**
   * Lets the user choose, on a terminal; nothing elsewhere.
   *
   * @throws CulvertError ABORTED when the user gives up
   */
  async choose(question: string, values: readonly string[]): Promise<string | undefined> {
    if (!this.isInteractive) return undefined;
    const { select, isCancel } = await import("@clack/prompts");
    const options = values.map((value) => ({ value, label: value }));
    const answer = await select({ message: question, options, output: process.stderr });
    if (isCancel(answer)) throw givenUp(question);
    return answer;
  }

  /**
   * Asks for something that nobody shall see, on a terminal; nothing elsewhere.
   *
   * @throws CulvertError ABORTED when the user gives up
   */
  async askSecret(question: string): Promise<string | undefined> {
    if (!this.isInteractive) return undefined;
    const { password, isCancel } = await import("@clack/prompts");
    // It may be asked in the midst of a wait.
    this.#isAsking = true;
    this.#stopSpinner?.();
    const answer = await password({ message: question, output: process.stderr });
    this.#isAsking = false;
    if (isCancel(answer)) throw givenUp(question);
    return answer;
  }

  #write(text: string): void {
    if (!this.#quiet) process.stderr.write(`${text}\n`);
  }
}

function givenUp(question: string): CulvertError {
  return new CulvertError("ABORTED", `Cannot go on without an answer: ${question}`);
}

/** How long a wait must last to get a spinner, in milliseconds. 150: what people notice as a delay. */
const spinnerDelayMs = 150;
