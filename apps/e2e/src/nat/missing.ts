import { spawnSync } from "node:child_process";

/** Why this machine cannot run the suite, in one line; nothing when it can. */
export const missing: string | undefined = whatIsMissing();

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

function whatIsMissing(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are a part of Linux";
  if (process.getuid?.() !== 0) return "making network namespaces needs root";
  const absent = ["ip", "nft", "ss"].filter((program) => !isInstalled(program));
  if (absent.length > 0) return `not installed: ${absent.join(", ")}`;
  return whatIsForbidden();
}

/** Being root is not enough in many containers. */
function whatIsForbidden(): string | undefined {
  const name = `culvert-${process.pid}-0-try`;
  try {
    const steps = [
      ["ip", "netns", "add", name],
      ["ip", "-n", name, "link", "add", "lan", "type", "veth", "peer", "name", "wan"],
      [
        "ip",
        "netns",
        "exec",
        name,
        "nft",
        "add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; }; add rule ip nat post masquerade",
      ],
    ];
    for (const [file = "", ...args] of steps) {
      const { status, stderr } = spawnSync(file, args, { encoding: "utf8" });
      if (status !== 0) return `not allowed here: ${args.join(" ")}: ${stderr.trim()}`;
    }
    return undefined;
  } finally {
    spawnSync("ip", ["netns", "delete", name]);
  }
}
