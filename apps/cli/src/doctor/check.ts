/** What one check found. */
export interface Check {
  readonly area: "machine" | "state" | "ports" | "nodes";
  /** What was looked at: `Node.js`, `node n1`. */
  readonly subject: string;
  /** `warning`: it works, and may surprise. */
  readonly status: "ok" | "warning" | "problem";
  /** What was found, as one sentence. */
  readonly detail: string;
  /** How to mend it; null where nothing needs mending. */
  readonly mend: string | null;
}

/** Makes the checks of one area. */
export interface Findings {
  ok(subject: string, detail: string): Check;
  warning(subject: string, detail: string, mend: string): Check;
  problem(subject: string, detail: string, mend: string): Check;
}

export function findings(area: Check["area"]): Findings {
  return {
    ok: (subject, detail) => ({ area, subject, status: "ok", detail, mend: null }),
    warning: (subject, detail, mend) => ({ area, subject, status: "warning", detail, mend }),
    problem: (subject, detail, mend) => ({ area, subject, status: "problem", detail, mend }),
  };
}
