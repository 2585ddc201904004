/** The header field of messages that ask where a route ends, and want to be refused: true. See PROTOCOL.md, "Probing". */
export const probeField = "probe";
