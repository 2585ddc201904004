/** What a unit of systemd starts, and as whom. */
export interface UnitOptions {
  /** The command itself: Node.js, and its script. */
  readonly command: readonly string[];
  /** The folder for all state. */
  readonly home: string;
  /** A unit of the system, run as that user; absent for one of the user who installs it. */
  readonly user?: string;
  /** A configuration that counts at each start; absent where nodes are started as they were. */
  readonly file?: string;
  /** Variables that nodes need, beside that of the home. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The name of the unit. */
export const unitName = "culvert.service";

/** Longest time for all nodes to start, in seconds. 300: each may wait for machines that are down. */
const startSeconds = 300;

/** Longest time for all nodes to end, in seconds. 30: each is killed after 5, some at once. */
const stopSeconds = 30;

/**
 * A unit that starts all nodes with the machine, or the user's session, and ends them with it. Nodes are processes of their own,
 * which commands start and end meanwhile, so the unit is active once they were started. `systemctl reload` starts those that are
 * not there, and applies the configuration, where there is one.
 */
export function systemdUnit({ command, home, user, file, environment }: UnitOptions): string {
  const line = (...words: string[]): string => [...command, ...words].map(quoteWord).join(" ");
  const start = file === undefined ? line("node", "start", "--all") : line("apply", file);
  const variables = Object.entries({ CULVERT_HOME: home, ...environment });
  const isSystem = user !== undefined;
  return `${[
    "[Unit]",
    "Description=Culvert nodes",
    ...(isSystem ? ["Wants=network-online.target", "After=network-online.target"] : []),
    "",
    "[Service]",
    "Type=oneshot",
    "RemainAfterExit=yes",
    ...(isSystem ? [`User=${user}`] : []),
    ...variables.map(([name, value]) => `Environment=${quoteValue(`${name}=${value}`)}`),
    `ExecStart=${start}`,
    // All that were there before the file named some.
    ...(file === undefined ? [] : [`ExecStartPost=${line("node", "start", "--all")}`]),
    `ExecReload=${start}`,
    `ExecStop=${line("node", "stop", "--all")}`,
    `TimeoutStartSec=${startSeconds}`,
    `TimeoutStopSec=${stopSeconds}`,
    "LimitNOFILE=65536",
    "NoNewPrivileges=yes",
    "",
    "[Install]",
    `WantedBy=${isSystem ? "multi-user.target" : "default.target"}`,
  ].join("\n")}\n`;
}

/** A word of a command line, in which systemd takes `%`, `$`, quotes and backslashes for its own (systemd.service(5)). */
function quoteWord(word: string): string {
  return quoteValue(word.replaceAll("$", "$$$$"));
}

/** A value, in which it takes `%`, quotes and backslashes for its own (systemd.exec(5)). */
function quoteValue(text: string): string {
  const escaped = text.replaceAll("%", "%%").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return /^[\w@:/.,=+-]+$/.test(text) ? escaped : `"${escaped}"`;
}
