import type { Style } from "../output/style.js";
import type { Check } from "./check.js";

const titles: Readonly<Record<Check["area"], string>> = {
  machine: "Machine",
  state: "State",
  ports: "Ports",
  nodes: "Nodes",
};

/** What all checks found, as people read it. */
export function formatChecks(checks: readonly Check[], style: Style): string {
  const parts: string[] = [];
  for (const [area, title] of Object.entries(titles)) {
    const own = checks.filter((check) => check.area === area);
    if (own.length > 0)
      parts.push([style.bold(title), ...own.map((check) => formatCheck(check, style))].join("\n"));
  }
  return [...parts, summary(checks, style)].join("\n\n");
}

function formatCheck({ subject, status, detail, mend }: Check, style: Style): string {
  const mark = { ok: style.green("✔"), warning: style.yellow("!"), problem: style.red("✘") }[status];
  return [
    `  ${mark} ${subject}: ${detail}`,
    ...(mend === null ? [] : [`    ${style.dim("try:")} ${mend}`]),
  ].join("\n");
}

function summary(checks: readonly Check[], style: Style): string {
  const count = (status: Check["status"]): number => checks.filter((check) => check.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems === 0 && warnings === 0) return style.green("All is well");
  return `${plural(problems, "problem")}, ${plural(warnings, "warning")}`;
}

/** `1 problem`, `2 problems` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
