/** Largest configuration, in bytes. 1 MiB: thousands of resources. */
export const maxConfigurationBytes = 1_048_576;

/** Longest time to fetch a configuration, in milliseconds. 10,000: a small file from a server that is up. */
export const fetchTimeoutMs = 10_000;

/** Most redirects on the way to a configuration. 5: hosts of files use one or two. */
export const maxRedirects = 5;

/** Most aliases (`*name`) of a YAML document. 100: what people write, and far from a document that explodes. */
export const maxAliases = 100;

/** Most things of a configuration that are made at once. 32: more than wait for one machine that is down, and few for a control socket. */
export const maxMadeAtOnce = 32;
