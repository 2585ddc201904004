import * as v from "valibot";
import {
  argumentsOf,
  countText,
  durationText,
  flag,
  nameText,
  nodeText,
  placeText,
  portText,
  routeText,
  serviceText,
  switchText,
  tcpPlaceText,
  text,
  textList,
} from "./argument-schemas.js";

/** The kinds of resources a node can have, in the order in which they are made: what others lead to comes first. */
export const resourceTypes = ["service", "tcp-connection", "tcp-outlet", "relay", "tcp-inlet"] as const;

/** One of {@link resourceTypes}. */
export type ResourceType = (typeof resourceTypes)[number];

/** What a configuration may say of one kind of thing. */
export interface ResourceKind {
  /** Its keys in a configuration. */
  readonly keys: readonly string[];
  /** The argument that a name stands for. */
  readonly named: string;
  /** The argument that says which node it is on. */
  readonly owner: string;
  /** The arguments, as the options of its command. */
  readonly schema: ReturnType<typeof argumentsOf>;
}

const socketArguments = {
  "max-connections": v.optional(countText),
  "tcp-no-delay": v.optional(switchText),
  "tcp-keep-alive": v.optional(switchText),
};

/** What can be said of resources. */
export const resourceKinds: Readonly<Record<ResourceType, ResourceKind>> = {
  service: {
    keys: ["services"],
    named: "type",
    owner: "at",
    schema: argumentsOf({
      type: v.literal("hop", "the only type is hop"),
      addr: v.optional(serviceText),
      at: v.optional(nodeText),
    }),
  },
  "tcp-connection": {
    keys: ["tcp-connection", "tcp-connections"],
    named: "to",
    owner: "from",
    schema: argumentsOf({ to: tcpPlaceText, from: v.optional(nodeText) }),
  },
  "tcp-outlet": {
    keys: ["tcp-outlet", "tcp-outlets"],
    named: "from",
    owner: "at",
    schema: argumentsOf({
      to: placeText(false),
      from: v.optional(serviceText),
      at: v.optional(nodeText),
      "connect-timeout": v.optional(durationText),
      "proxy-protocol": v.optional(v.picklist(["v1", "v2"], "it must be v1 or v2")),
      ...socketArguments,
    }),
  },
  relay: {
    keys: ["relay", "relays"],
    named: "name",
    owner: "to",
    schema: argumentsOf({
      name: v.optional(nameText("relay")),
      at: v.optional(routeText),
      to: v.optional(nodeText),
      "no-connection-wait": v.optional(flag),
    }),
  },
  "tcp-inlet": {
    keys: ["tcp-inlet", "tcp-inlets"],
    named: "name",
    owner: "at",
    schema: argumentsOf({
      name: v.optional(nameText("inlet")),
      alias: v.optional(nameText("inlet")),
      to: textList(routeText, "a route"),
      from: v.optional(placeText(true)),
      at: v.optional(nodeText),
      via: v.optional(routeText),
      "connection-wait": v.optional(durationText),
      "retry-wait": v.optional(durationText),
      timeout: v.optional(durationText),
      "ping-timeout": v.optional(durationText),
      "idle-timeout": v.optional(durationText),
      allow: v.optional(textList(text, "an address or a network")),
      ...socketArguments,
      "no-connection-wait": v.optional(flag),
    }),
  },
};

/** What can be said of a node, beside its resources. */
export const nodeSchema: ReturnType<typeof argumentsOf> = argumentsOf({
  name: v.optional(nodeText),
  "tcp-listener-address": v.optional(placeText(true)),
  "udp-listener-address": v.optional(placeText(true)),
  "http-server": v.optional(flag),
  "http-server-port": v.optional(portText),
  limits: v.optional(v.array(v.string())),
});
