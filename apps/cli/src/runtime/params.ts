import { maxPayloadBytes } from "@x/core";
import * as v from "valibot";
import type { OperationName, OperationTypes } from "./operation-types.js";
import {
  inletSettings,
  listenWhere,
  milliseconds,
  name,
  outletSettings,
  route,
  routeParam,
  target,
  workerAddress,
} from "./schemas.js";

type ParamsOf<Name extends OperationName> = v.GenericSchema<unknown, OperationTypes[Name]["params"]>;

/** Most spare routes of an inlet. 16: more than anybody has ways to one place. */
const maxInletRoutes = 16;

/** Longest base64 text of a payload. */
const maxPayloadText = Math.ceil(maxPayloadBytes / 3) * 4;

/** No parameters. */
export const nothing: ParamsOf<"node.show"> = v.strictObject({});

/** What names one thing in `show` and `delete`. */
export const nameParam: ParamsOf<"relay.show"> = v.strictObject({ name: v.string() });

/** Where to connect to. */
export const connectTo: ParamsOf<"tcp-connection.create"> = v.strictObject({ to: target });

/** Where to listen. */
export const listenAt: ParamsOf<"tcp-listener.create"> = v.strictObject({ where: listenWhere });

export const serviceParams: ParamsOf<"service.start"> = v.strictObject({
  type: v.literal("hop"),
  address: workerAddress,
});

export const sendParams: ParamsOf<"message.send"> = v.strictObject({
  route: v.pipe(route, v.minLength(1)),
  payload: v.pipe(v.string(), v.maxLength(maxPayloadText), v.base64()),
  timeoutMs: milliseconds,
});

export const traceParams: ParamsOf<"route.trace"> = v.strictObject({
  route: v.pipe(route, v.minLength(1)),
  timeoutMs: milliseconds,
});

export const relayParams: ParamsOf<"relay.create"> = v.strictObject({
  name,
  at: routeParam,
  waitMs: milliseconds,
});

export const outletParams: ParamsOf<"tcp-outlet.create"> = v.strictObject({
  to: target,
  address: v.exactOptional(workerAddress),
  settings: v.exactOptional(outletSettings),
});

export const inletParams: ParamsOf<"tcp-inlet.create"> = v.strictObject({
  alias: v.exactOptional(name),
  listen: listenWhere,
  routes: v.pipe(v.array(routeParam), v.minLength(1), v.maxLength(maxInletRoutes)),
  waitMs: milliseconds,
  settings: inletSettings,
});
