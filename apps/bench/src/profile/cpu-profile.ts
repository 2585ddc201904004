/** What Node writes with `--cpu-prof`, as far as it is read here. Times are in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node on top of the stack at each sample. */
  readonly samples?: readonly number[];
  /** The time before each sample. */
  readonly timeDeltas?: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** Something that took time, and its share of the time the processor was busy, 0 to 1. */
export interface Share {
  readonly what: string;
  readonly share: number;
}

/** A process's time, by the code it belongs to and by the function. Greatest first. */
export interface TimeShares {
  readonly areas: readonly Share[];
  readonly functions: readonly Share[];
}

/** Adds up a profile's own times (those of functions without what they call). Idle time does not count. */
export function shareOut({ nodes, samples = [], timeDeltas = [] }: CpuProfile): TimeShares {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const areas = new Map<string, number>();
  const functions = new Map<string, number>();
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === "(idle)") return;
    const time = Math.max(0, timeDeltas[index] ?? 0);
    const area = areaOf(frame);
    add(areas, area, time);
    add(functions, `${frame.functionName || `line ${frame.lineNumber + 1}`} (${area})`, time);
  });
  return { areas: sharesOf(areas), functions: sharesOf(functions) };
}

function areaOf({ functionName, url }: ProfileNode["callFrame"]): string {
  if (functionName === "(garbage collector)") return "garbage collector";
  const own = /\/(?:packages|apps)\/([^/]+)\//.exec(url)?.[1];
  if (own !== undefined) return own;
  const foreign = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url)?.[1];
  if (foreign !== undefined) return foreign;
  // Without a place it is C++: bindings by their name, and the event loop and the kernel as "(program)".
  return url === "" ? "native and kernel" : "node";
}

function add(times: Map<string, number>, key: string, time: number): void {
  times.set(key, (times.get(key) ?? 0) + time);
}

function sharesOf(times: ReadonlyMap<string, number>): readonly Share[] {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([what, time]) => ({ what, share: total === 0 ? 0 : time / total }))
    .sort((a, b) => b.share - a.share);
}
