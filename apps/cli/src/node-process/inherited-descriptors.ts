import { closeSync, readdirSync, readFileSync } from "node:fs";

/**
 * Closes the files that the shell behind the command had open, such as one whose lock it holds: the node would keep them for
 * its life. Those that Node.js itself opens are closed at the start of a program (O_CLOEXEC, open(2)) and can be told by that.
 * Elsewhere than on Linux, children get none.
 */
export function closeInheritedDescriptors(): void {
  if (process.platform !== "linux") return;
  for (const descriptor of inheritedDescriptors()) {
    try {
      closeSync(descriptor);
    } catch {
      // It was the one that read the folder.
    }
  }
}

function inheritedDescriptors(): readonly number[] {
  try {
    const all = readdirSync("/proc/self/fd").map(Number);
    return all.filter((descriptor) => descriptor > lastStandard && !closesAtStart(descriptor));
  } catch {
    return [];
  }
}

const lastStandard = 2;

/** `/proc/<pid>/fdinfo/<descriptor>` (proc_pid_fdinfo(5)) has the flags of a file in octal. */
function closesAtStart(descriptor: number): boolean {
  try {
    const [, flags = "0"] =
      /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & closeAtStart) !== 0;
  } catch {
    return true;
  }
}

/** O_CLOEXEC of Linux on all processors that Node.js runs on. */
const closeAtStart = 0o2000000;
