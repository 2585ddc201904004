/**
 * How a home's router maps addresses.
 * `plain` keeps the port and uses one mapping for every destination; `symmetric` takes a random port for each connection.
 */
export type NatKind = "plain" | "symmetric";

/** The rules of a home's router, for `nft -f`: everything goes out under its own address, and nothing comes in unasked. */
export function routerRules(kind: NatKind): string {
  return `
table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade${kind === "symmetric" ? " fully-random" : ""}
  }
}
table ip filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" oifname "wan" accept
  }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname "wan" ct state established,related accept
    iifname "wan" drop
  }
}
`;
}
