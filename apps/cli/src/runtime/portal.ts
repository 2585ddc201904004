import type { Address, CulvertError, Route, WorkerHost } from "@x/core";
import * as portal from "@x/portal-tcp";

export interface Outlet {
  readonly address: Address;
  readonly target: string;
  readonly streams: number;
  close(): Promise<void>;
}
export interface Inlet {
  readonly where: string;
  readonly worker: Address;
  readonly state: "up" | "down";
  readonly activeRoute: Route | undefined;
  readonly lastFailure: CulvertError | undefined;
  readonly streams: number;
  close(): Promise<void>;
}
interface Portal {
  startOutlet(host: WorkerHost, options: { target: string; address?: Address }): Outlet;
  startInlet(
    host: WorkerHost,
    options: { listen: string; routes: readonly Route[]; connectionWaitMs?: number },
  ): Promise<Inlet>;
}
export const startOutlet: Portal["startOutlet"] = (...args) =>
  (portal as unknown as Portal).startOutlet(...args);
export const startInlet: Portal["startInlet"] = (...args) =>
  (portal as unknown as Portal).startInlet(...args);
