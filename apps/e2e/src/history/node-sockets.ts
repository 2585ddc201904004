import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** States of TCP sockets as the system numbers them in /proc/net/tcp. */
const tcpStates: Readonly<Record<string, string>> = {
  "01": "ESTABLISHED",
  "02": "SYN_SENT",
  "03": "SYN_RECV",
  "04": "FIN_WAIT1",
  "05": "FIN_WAIT2",
  "06": "TIME_WAIT",
  "07": "CLOSE",
  "08": "CLOSE_WAIT",
  "09": "LAST_ACK",
  "0A": "LISTEN",
  "0B": "CLOSING",
};

/** What a process has open. */
export interface OpenFiles {
  readonly files: number;
  /** Sockets by kind and state: `tcp ESTABLISHED` → 3. */
  readonly sockets: Readonly<Record<string, number>>;
}

/** Counts what a process has open, as the system shows it. */
export function openFiles(pid: number): OpenFiles {
  const links = readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`));
  const states = tcpStatesOf(pid);
  const sockets: Record<string, number> = {};
  for (const link of links) {
    const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
    if (inode === undefined) continue;
    const kind = states.get(inode) ?? "other";
    sockets[kind] = (sockets[kind] ?? 0) + 1;
  }
  return { files: links.filter((link) => link !== "").length, sockets };
}

/** The state of each TCP socket by its inode. */
function tcpStatesOf(pid: number): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const file of ["tcp", "tcp6"]) {
    for (const row of readFileSync(`/proc/${pid}/net/${file}`, "utf8").split("\n").slice(1)) {
      const [, , , state = "", , , , , , inode = ""] = row.trim().split(/\s+/);
      states.set(inode, `tcp ${tcpStates[state] ?? state}`);
    }
  }
  return states;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
