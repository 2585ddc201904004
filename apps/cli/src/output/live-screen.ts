import { setTimeout as sleep } from "node:timers/promises";
import { writeStandardOutput } from "./standard-output.js";
import { type TerminalSize, viewportOf } from "./viewport.js";

/** What to show, and for how long. */
export interface LiveScreenOptions {
  /** Time between two looks, in milliseconds. */
  readonly everyMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The text as of now. */
  read(): Promise<string>;
}

/** Shows a text that changes on a screen of its own, until the signal, or until the user presses `q`. */
export async function showLive(options: LiveScreenOptions): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const view = new LiveView();
  const stopKeys = await watchKeys({
    scroll: (lines) => view.scroll(lines),
    end: () => ended.abort(),
  });
  const redraw = (): void => view.draw();
  process.stdout.write(enterScreen);
  process.stdout.on("resize", redraw);
  try {
    while (!signal.aborted) {
      await view.show(await options.read());
      await sleep(options.everyMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    process.stdout.off("resize", redraw);
    stopKeys();
    process.stdout.write(leaveScreen);
  }
}

/** The part of the text that is seen. */
class LiveView {
  #text = "";
  #top = 0;

  /** @throws CliError OUTPUT_FAILED */
  async show(text: string): Promise<void> {
    this.#text = text;
    await writeStandardOutput(this.#frame());
  }

  scroll(lines: number): void {
    this.#top += lines;
    this.draw();
  }

  draw(): void {
    process.stdout.write(this.#frame());
  }

  #frame(): string {
    const { lines, top } = viewportOf(this.#text, sizeOf(), this.#top, "q ends");
    this.#top = top;
    // Each line is written over what was there, and the rest of it cleared.
    return home + lines.map((line) => `${line}${clearRest}`).join("\n") + clearBelow;
  }
}

/** What keys do. */
interface KeyActions {
  scroll(lines: number): void;
  end(): void;
}

/** Listens for keys, where there is somebody to press them, until the function that is returned is called. */
async function watchKeys({ scroll, end }: KeyActions): Promise<() => void> {
  const { stdin } = process;
  if (stdin.isTTY !== true) return () => {};
  const { emitKeypressEvents } = await import("node:readline");
  const page = (): number => Math.max(1, sizeOf().rows - 2);
  const actions: Readonly<Record<string, () => void>> = {
    q: end,
    // Without the terminal's own care, Ctrl-C is a key like any other.
    "ctrl-c": end,
    up: () => scroll(-1),
    down: () => scroll(1),
    pageup: () => scroll(-page()),
    pagedown: () => scroll(page()),
    space: () => scroll(page()),
    home: () => scroll(Number.NEGATIVE_INFINITY),
    end: () => scroll(Number.MAX_SAFE_INTEGER),
  };
  const onKey = (_text: unknown, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    const name = key.ctrl === true ? `ctrl-${key.name}` : (key.name ?? "");
    if (Object.hasOwn(actions, name)) actions[name]?.();
  };
  emitKeypressEvents(stdin);
  stdin.on("keypress", onKey).setRawMode(true).resume();
  return () => {
    stdin.off("keypress", onKey).setRawMode(false).pause();
  };
}

/** A terminal that does not tell its size is as they once were. */
function sizeOf(): TerminalSize {
  return { rows: process.stdout.rows || 24, columns: process.stdout.columns || 80 };
}

// Control sequences of terminals (ECMA-48, xterm): a screen of its own without cursor, and writing over what is there.
const enterScreen = "\u001b[?1049h\u001b[?25l";
const leaveScreen = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const clearRest = "\u001b[K";
const clearBelow = "\u001b[J";
