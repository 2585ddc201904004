import type { Chain } from "./chain.js";
import { culvertChain } from "./culvert.js";
import { directChain } from "./direct.js";
import { nodePipesChain } from "./node-pipes.js";
import { socatChain } from "./socat.js";
import { sshChain } from "./ssh.js";

/** Every chain, in the order in which tables show them. */
export const allChains: readonly Chain[] = [culvertChain, nodePipesChain, socatChain, sshChain, directChain];
