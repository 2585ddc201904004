import * as v from "valibot";
import { readPlace } from "../commands/transport/connection-place.js";
import { parseDuration } from "../syntax/duration.js";
import { parseHostPort } from "../syntax/host-port.js";
import { parseMultiAddress } from "../syntax/multi-address.js";
import { parseName, parseNodeName, parseServiceAddress } from "../syntax/names.js";

/** The value of an argument as a command takes it. */
export type ArgumentValue = string | readonly string[] | boolean;

/** The arguments of one thing by name. */
export type Arguments = Readonly<Record<string, ArgumentValue>>;

export type TextSchema = v.GenericSchema<unknown, string>;

/** A single value. YAML reads some of them as numbers. */
export const text: TextSchema = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], "it must be a single value"),
  v.transform(String),
  v.nonEmpty("it is empty"),
);

/** On or off. */
export const flag: v.GenericSchema<unknown, boolean> = v.pipe(
  v.union([v.boolean(), v.picklist(["true", "false"])], "it must be true or false"),
  v.transform((value) => value === true || value === "true"),
);

/** `on` or `off`, which YAML may also read as true or false. */
export const switchText: TextSchema = v.pipe(
  v.union([v.boolean(), v.picklist(["on", "off"])], "it must be on or off"),
  v.transform((value) => (value === true || value === "on" ? "on" : "off")),
);

/** A number from 1. */
export const countText: TextSchema = v.pipe(
  text,
  v.check((value) => /^[1-9]\d{0,8}$/.test(value), "it is no number from 1"),
);

/** One text or a list of them. */
export function textList(item: TextSchema, what: string): v.GenericSchema<unknown, readonly string[]> {
  return v.pipe(
    v.union([v.array(item), item], `it must be ${what} or a list of them`),
    v.transform((value) => (Array.isArray(value) ? value : [value])),
    v.minLength(1, "it is empty"),
  );
}

/** A node's name, bare or as a path. */
export const nodeText: TextSchema = passing((value) => parseNodeName(value));

/** `host:port`, or a port. */
export function placeText(portZero: boolean): TextSchema {
  return passing((value) => parseHostPort(value, { portZero }));
}

/** A duration such as `5s`. */
export const durationText: TextSchema = passing((value) => parseDuration(value));

/** A route, or a bare name or address. */
export const routeText: TextSchema = passing((value) => {
  // A route with a `-` is completed from standard input.
  if (value.startsWith("-") || value.includes("/-")) return;
  if (value.startsWith("/")) parseMultiAddress(value);
  else parseServiceAddress(value);
});

/** A port; 0 lets the system choose. */
export const portText: TextSchema = v.pipe(
  placeText(true),
  v.check((value) => /^\d+$/.test(value), "it is no port"),
);

/** Where to connect to over TCP. */
export const tcpPlaceText: TextSchema = passing((value) => readPlace("tcp", value));

/** The address of a service, bare or as a path. */
export const serviceText: TextSchema = passing(parseServiceAddress);

/** The name of something a user makes. */
export function nameText(what: string): TextSchema {
  return passing((value) => parseName(what, value));
}

/** Arguments and no others. */
export function argumentsOf(
  entries: Readonly<Record<string, v.GenericSchema<unknown, ArgumentValue | undefined>>>,
): v.GenericSchema<unknown, Record<string, ArgumentValue | undefined>> & {
  readonly entries: Readonly<Record<string, unknown>>;
} {
  return v.strictObject(entries as never) as never;
}

/** Text that a parser of the command line takes. */
function passing(parse: (value: string) => unknown): TextSchema {
  return v.pipe(
    text,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      try {
        parse(dataset.value);
      } catch (error) {
        addIssue({ message: error instanceof Error ? error.message : String(error) });
      }
    }),
  );
}
