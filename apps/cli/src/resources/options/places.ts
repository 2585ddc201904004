import * as v from "valibot";
import { suitsPlace } from "../../registry/kinds.js";
import type { ValueKind } from "../../registry/option.js";
import type { AddressForm } from "../../syntax/multi-address.js";
import { checkPlace, readPlace } from "../../transports/place.js";

/** A place of a transport, to connect to or to listen at. With port 0, where the system chooses one. */
export function placeOf(form: AddressForm, portZero = false): ValueKind<string> {
  return {
    schema: v.pipe(
      v.string(),
      v.check((text) => isPlace(form, text, portZero), "must be a place of the transport"),
    ),
    check: (text, what, addresses) => readPlace(form, text, addresses, { what, portZero }),
    read: async ([text = ""], what, { context }) =>
      readPlace(form, text, await context.addresses(), { what, portZero }),
    suits: suitsPlace,
  };
}

/** What crosses the control socket is a place itself, no step of a route. */
function isPlace(form: AddressForm, text: string, portZero: boolean): boolean {
  try {
    return checkPlace(form, text, { portZero }) === text;
  } catch {
    return false;
  }
}

/** How a place is called in usage lines. */
export function placeWord({ address, name }: AddressForm): string {
  return { "host-port": "host:port", url: "host:port/path", value: name }[address];
}

/** A place for the examples of the help. */
export function examplePlace({ address, name }: AddressForm): string {
  return address === "value" ? `/run/n1.${name}` : "127.0.0.1:7000";
}
