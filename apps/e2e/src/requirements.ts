/**
 * Every promise of the design, with an id.
 * At least one test title in the repository cites each as `[id]`; `requirements.test.ts` checks that.
 */
export const requirements: Readonly<Record<string, string>> = {
  // The story, command by command.
  "story-delete-all": "node delete --all leaves no node",
  "story-node-listener": "node create with a listener address starts a background process that listens there",
  "story-node-random-port": "node create without an address listens on a random loopback port",
  "story-hop": "service start hop gives the node a worker hop",
  "story-relay":
    "relay create makes the node dial the relay's node, which gets a worker forward_to_<name>; a check-marked line names both ends",
  "story-connection": "tcp-connection create prints /worker/<32 hex digits>",
  "story-message": "message send over connection, relay and service prints exactly the reply",
  "story-outlet": "tcp-outlet create starts an outlet for the user's own server",
  "story-inlet": "tcp-inlet create listens, with and without a hop on its route",
  "story-curl": "curl through inlet, relay and outlet reaches the user's own server",
  "story-nothing-left": "node delete --all leaves no process and no socket",
  "story-node-route": "/node/x in a route stands for connecting to that node's listener",
  "story-address-route": "/ip4/…/tcp/… in a route stands for connecting to any listener",
  "story-bridge-messages": "messages cross a bridge of two transports, in every mix",
  "story-bridge-portals": "portals cross a bridge of two transports, in every mix",

  // Channels.
  "sealed-recovery":
    "a sealed portal survives what an open one survives: a relay that dies, another address, loss",
  "sealed-credential-ends":
    "a stream whose opener's credential ends is reset at both ends within a second; one that is renewed loses no byte",
  "identity-rotation":
    "identity rotate keeps the identifier, whenever it is killed; nodes that run show the new key from their next handshake on",
  "identity-in-use": "an identity that a node uses cannot be deleted, nor a vault that identities use",
  "vault-passphrase": "a passphrase seals a vault, and shows up in no argument, log, variable or error",
  "credential-verified":
    "credential store takes only what its issuer signed with its newest key, and what is good now",
  "ticket-once":
    "a ticket is spent once per use, also when two come at once and when the authority is killed",
  "ticket-hidden": "tickets show up in no log, no state and no process that stays",
  "members-only": "nodes of a home that enrolled talk to members of its authority alone",
  "member-renews": "members renew their credentials at two thirds of their life, so that no stream ends",
  "sealed-hostile-relay": "a relay can read and alter nothing of what passes it through a channel",

  // Addresses and delivery.
  "address-generated": "generated addresses are 32 lowercase hex digits, and none comes twice",
  "address-bytes": "names are compared as bytes",
  "delivery-reply":
    "a worker replies to the return route it received, over any number of hops and transports",
  "delivery-loop": "a route that loops ends with an error and not with a storm",
  "delivery-order": "a worker handles one message at a time and in order",
  "delivery-throw": "a handler that throws is reported and its worker lives on",
  "delivery-fields": "a node passes on header fields it does not know",

  // Negative replies.
  "refusal-unknown": "an unknown hop is refused at once, and the refusal names it",
  "refusal-exposure": "a hop that is not open to the network is refused at once, and the refusal names it",
  "refusal-too-long": "a route that is too long is refused at once",
  "refusal-too-big": "a message that is too big is refused at once",
  "refusal-down": "a hop whose connection is down is refused at once, and the refusal names it",
  "refusal-no-echo": "no refusal answers a refusal",
  "refusal-precise": "message send, relays and portals turn refusals into precise errors and exit codes",

  // Who may reach what.
  "reach-exposed-only": "the network reaches only workers started for it",
  "reach-capability": "whoever was told a generated address may use it",
  "reach-no-dial": "a message from the network never makes a node dial",

  // Back-pressure.
  "pressure-own-producer": "a slow consumer slows its own producer",
  "pressure-nobody-else": "a slow consumer slows nobody else",

  // Transports.
  "transport-parts": "a frame sent in parts arrives in one piece",
  "transport-capabilities":
    "transports declare whether they are reliable and ordered, and their largest frame",
  "tcp-hostile-bytes":
    "garbage, oversize, truncated and stalled frames end their connection and nothing else",
  "tcp-dead-peer": "a peer that falls silent without a word is noticed within 15 s",
  "tcp-names-and-ipv6": "TCP works over IPv4, IPv6 and names",
  "tcp-port-zero": "port 0 gives the port that the system chose",
  "tcp-reconnect":
    "a connection made by tcp-connection create comes back by itself and keeps its worker address",
  "ws-web-server":
    "a relay is reached through an ordinary web server with TLS, which does not end what is idle",
  "ws-heal":
    "streams through a web server go on byte-exact after the relay or the server was killed and restarted",
  "browser-node":
    "a page is a node: it reaches a private one through a relay, end to end sealed, and is itself reached through it",
  "browser-origin": "a page of an origin that may not connect is not let in",
  "udp-large": "messages larger than a datagram cross UDP",
  "udp-peers": "peers of one UDP listener are told apart",
  "udp-unreliable": "UDP says that it is unreliable, and portals over it are reliable nevertheless",

  // Relays.
  "relay-name": "a relay gets the wanted name, or a random one",
  "relay-stranger": "a name somebody else owns is refused, by name",
  "relay-owner": "the owner of a name replaces its registration at once",
  "relay-release": "a deleted relay is gone at once",
  "relay-heal": "after a break the client registers again by itself, within seconds",
  "relay-late": "a relay can be created while the far end is down, and heals",
  "relay-not-on-return-route": "the relay does not put itself on the return route",
  "relay-limit": "limits of relays refuse with codes of their own",
  "relay-list": "relay list works on both ends",

  // Portals.
  "portal-exact": "bytes arrive exactly, both ways, directly, over a hop, over one relay and over two",
  "portal-concurrent": "a hundred connections at once share one portal",
  "portal-half-close": "each direction ends by itself",
  "portal-reset": "a reset of one socket resets the other, and never ends it politely",
  "portal-slow-reader": "a reader that never reads stops its own sender only, and memory stays flat",
  "portal-first-bytes": "opening costs no extra round trip",
  "portal-server-first": "a server that speaks first is heard",
  "portal-loss": "lost, duplicated and reordered messages never corrupt or kill a stream",
  "portal-relay-restart": "a download goes on byte-exact after the relay was killed and restarted",
  "portal-path-cut": "a download goes on byte-exact after the network was cut without a word and came back",
  "portal-end-restart": "a stream whose other end was restarted is reset, never silently cut short",
  "portal-target-fails":
    "a target that refuses or does not resolve closes the client's socket at once, and the inlet tells why",
  "portal-idle": "a thousand idle streams live on, and all carry again",
  "portal-late": "an inlet can be created while the far end is down; it says so and heals",
  "portal-spare-route": "an inlet with several routes uses one that lives",

  // Random streams and faults.
  "history-verdict":
    "the checker of random streams finds changed bytes, silent cuts, hangs and losses without a cause, where there are some",
  "history-short":
    "random streams under random faults are exact or visibly reset with a cause, and nodes hold as much as before",

  // Node processes.
  "node-control": "a node is controlled over a socket that only its owner can open",
  "node-restore":
    "a node killed and started again has its listeners, connections, relays, inlets, outlets and services",
  "node-drain": "SIGTERM lets running transfers finish",
  "files-run-out":
    "a node short of file descriptors refuses by name, can be asked all the while, and serves again",
  "node-cold-start": "nodes that were all killed serve again once they are started, in whatever order",
  "node-clock-jump": "clocks that jump harm no stream, lease or connection",
  "node-disk-full": "a full disk costs the command that must save, and no node and no stream",
  "node-port-stolen": "a node whose port is taken while it restarts goes on trying, and heals",
  "node-concurrent": "two commands at once on one node are safe",
};
