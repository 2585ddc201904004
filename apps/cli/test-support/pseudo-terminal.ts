import { type ChildProcess, spawn } from "node:child_process";
import type { Culvert } from "./culvert.js";

/** What a command shows on a terminal of its own. */
export interface PseudoTerminal {
  /** All that was written so far, control sequences included. */
  readonly shown: string;
  /** Presses keys. */
  type(text: string): void;
  /** Resolves when the command has ended, with its exit code. */
  readonly ended: Promise<number | null>;
}

/** Gives a program a terminal: what comes in is typed, what is shown goes out. See pty(7). */
const script = `
import fcntl, os, pty, select, struct, sys, termios
rows, columns, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0: os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
watched = [terminal, 0]
while True:
    for source in select.select(watched, [], [])[0]:
        try: part = os.read(source, 65536)
        except OSError: part = b''
        if source == 0:
            if part: os.write(terminal, part)
            else: watched.remove(0)
        elif part: os.write(1, part)
        else: sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Starts a command on a terminal of that size. */
export function onTerminal(
  cli: Culvert,
  line: readonly string[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
): PseudoTerminal {
  const command = [process.execPath, cli.launcher, ...line];
  const child: ChildProcess = spawn("python3", ["-c", script, String(rows), String(columns), ...command], {
    env: { PATH: process.env.PATH, HOME: cli.home, CULVERT_HOME: cli.home, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  return {
    get shown() {
      return shown;
    },
    type: (text) => void child.stdin?.write(text),
    ended: new Promise((resolve) => child.once("close", (code) => resolve(code))),
  };
}
