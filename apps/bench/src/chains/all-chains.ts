import { boreChain } from "./bore.js";
import type { Chain } from "./chain.js";
import { chiselChain } from "./chisel.js";
import { culvertChain } from "./culvert.js";
import { directChain } from "./direct.js";
import { frpChain } from "./frp.js";
import { nodePipesChain } from "./node-pipes.js";
import { ratholeChain } from "./rathole.js";
import { socatChain } from "./socat.js";
import { sshChain } from "./ssh.js";

/** Tunnels in other languages, measured beside ours where they are installed; no bar of design is about them. */
export const peerChains: readonly Chain[] = [frpChain, ratholeChain, chiselChain, boreChain];

/** Every chain, in the order in which tables show them. */
export const allChains: readonly Chain[] = [
  culvertChain,
  nodePipesChain,
  socatChain,
  sshChain,
  ...peerChains,
  directChain,
];
