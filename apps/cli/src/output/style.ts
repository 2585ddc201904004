import picocolors from "picocolors";

/** Wraps text for a terminal. */
export type Paint = (text: string) => string;

/** The few colours Culvert uses; each leaves text as it is where colours are off. */
export interface Style {
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

/** Colours, or none. */
export function createStyle(useColours: boolean): Style {
  const { red, green, yellow, cyan, bold, dim } = picocolors.createColors(useColours);
  return { red, green, yellow, cyan, bold, dim };
}
