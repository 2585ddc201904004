import { isIPv4, isIPv6 } from "node:net";
import * as v from "valibot";
import { CliError } from "../cli-error.js";
import { formatDuration, parseDuration } from "../syntax/duration.js";
import { formatHostPort, isHostPort, parseHostPort, placeInstead } from "../syntax/host-port.js";
import { maxDurationMs } from "../syntax/limits.js";
import { isName, parseName, parseNodeName, parseServiceAddress } from "../syntax/names.js";
import type { ValueKind } from "./option.js";
import { workerAddress } from "./schemas.js";

/** A kind whose texts are parsed one by one, without a look at anything else. */
function parsed<T>(
  schema: v.GenericSchema<unknown, T>,
  parse: (text: string, what: string) => T,
  more: Pick<ValueKind<T>, "form" | "choices" | "write" | "suits"> = {},
): ValueKind<T> {
  return { schema, check: parse, read: ([text = ""], what) => parse(text, what), ...more };
}

/** Text that a parser of the command line takes as it is. */
function passing(parse: (text: string, what: string) => unknown): v.GenericSchema<unknown, string> {
  const passes = (text: string): boolean => {
    try {
      parse(text, "value");
      return true;
    } catch {
      return false;
    }
  };
  return v.pipe(v.string(), v.check(passes, "it is not of the form it should have"));
}

/** A time in milliseconds. */
export const milliseconds: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.minValue(0),
  v.maxValue(maxDurationMs),
);

/** A duration such as `5s`, longer than nothing; its value is in milliseconds. */
export const duration: ValueKind<number> = parsed(
  v.pipe(milliseconds, v.minValue(1)),
  (text, what) => parseDuration(text, what),
  { write: formatDuration },
);

/** The same for what need not be waited for: it may be `0`. */
export const durationOrNone: ValueKind<number> = parsed(
  milliseconds,
  (text, what) => parseDuration(text, what, { leastMs: 0 }),
  { write: formatDuration },
);

/** `host:port`, or a port. With port 0, where the system chooses one. */
export function place(portZero = false): ValueKind<string> {
  const parse = (text: string, what: string): string =>
    formatHostPort(parseHostPort(text, { what, portZero }));
  return parsed(passing(parse), parse, { suits: suitsPlace });
}

/** A port that the system chose suits whoever let it choose. */
export function suitsPlace(wanted: string, has: string): boolean {
  return wanted === has || (wanted.endsWith(":0") && has.replace(/:\d+$/, ":0") === wanted);
}

/** The name of something a user makes. */
export function nameOf(what: string): ValueKind<string> {
  return parsed(v.pipe(v.string(), v.check(isName, "must be a name")), (text) => parseName(what, text));
}

/** The name of a node, bare or as a path. */
export const nodeName: ValueKind<string> = parsed(v.string(), (text) => parseNodeName(text));

/** The address of a service to be started, bare or as a path. */
export const serviceAddress: ValueKind<string> = parsed(workerAddress, (text, what) => {
  const hint = "Give an address such as outlet or /service/outlet";
  if (isHostPort(text)) throw placeInstead(text, { what, wanted: "the address of a service", hint });
  return parseServiceAddress(text);
});

/** An address or a network of visitors, as `@x/portal-tcp` takes them. */
function checkNetwork(text: string, what: string): void {
  const [address = "", bits = "0", ...rest] = text.split("/");
  const maxBits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  if (rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= maxBits) return;
  throw new CliError(
    "USAGE_INVALID",
    `Cannot use ${what} ${JSON.stringify(text.slice(0, 80))}: it is no address or network`,
    {
      hint: "Give an address such as 203.0.113.7 or 2001:db8::7, or a network such as 10.0.0.0/8",
    },
  );
}

/** Addresses and networks of visitors. */
export const networks: ValueKind<readonly string[]> = {
  ...texts("an address or a network"),
  check: checkNetwork,
};

/** `on` or `off`. */
export const onOff: ValueKind<boolean> = parsed(v.boolean(), (text) => text === "on", {
  write: (isOn) => (isOn ? "on" : "off"),
  form: "switch",
  choices: ["on", "off"],
});

/** A number from 1. */
export const count: ValueKind<number> = parsed(
  v.pipe(v.number(), v.integer(), v.minValue(1)),
  (text, what) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new CliError(
      "USAGE_INVALID",
      `Cannot use ${what} ${JSON.stringify(text)}: it is no number from 1`,
      {
        hint: "Give a whole number such as 100",
      },
    );
  },
);

/** One of a few words. */
export function choice<const T extends string>(...choices: readonly T[]): ValueKind<T> {
  return parsed(
    v.picklist(choices),
    (text, what) => {
      const found = choices.find((word) => word === text);
      if (found !== undefined) return found;
      const rule = choices.length === 1 ? `the only ${what} is` : "it must be";
      throw new CliError(
        "USAGE_INVALID",
        `Cannot use ${what} ${JSON.stringify(text.slice(0, 80))}: ${rule} ${choices.join(" or ")}`,
      );
    },
    { choices },
  );
}

/** Texts as they are, several. */
export function texts(item: string): ValueKind<readonly string[]> {
  return { schema: v.array(v.string()), form: "list", item, check: () => {}, read: (given) => given };
}

/** Bytes as hex digits. */
export const hexText: ValueKind<string> = parsed(
  v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/)),
  (text, what) => {
    if (/^(?:[0-9a-f]{2})+$/i.test(text)) return text.toLowerCase();
    throw new CliError("USAGE_INVALID", `Cannot use ${what}: it is no even number of hex digits`, {
      hint: "Give two digits for each byte, such as 00ff",
    });
  },
);

/** A flag. */
export const flag: ValueKind<boolean> = { ...parsed(v.boolean(), () => true), form: "flag" };

/** A flag that gives up a wait: its value is the wait in milliseconds. */
export function noWait(waitMs: ValueKind<number>["absent"] & {}): ValueKind<number> {
  return { schema: milliseconds, form: "flag", check: () => {}, read: () => 0, absent: waitMs };
}
