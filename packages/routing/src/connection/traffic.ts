/** What passed a connection: frames and their bytes, headers included. */
export interface Traffic {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
}

/** Adds what one connection carried to a sum. */
export function addTraffic(sum: Traffic, more: Readonly<Traffic>): void {
  sum.framesIn += more.framesIn;
  sum.framesOut += more.framesOut;
  sum.bytesIn += more.bytesIn;
  sum.bytesOut += more.bytesOut;
}
