import { placeOf, type SourcePlace } from "@x/core";

const transport = /^[^#]*#/;
const port = /^(?:\[([^\]]*)\]|([^:]*)):\d+$/;

/**
 * Where the other end of a connection is; relays are counted together by it.
 *
 * @param remote a transport hop such as `tcp#10.0.0.1:7000`, or what is behind its `#`, with or without a port
 */
export function sourceAt(remote: string): SourcePlace {
  const where = remote.replace(transport, "");
  const [, bracketed, plain] = port.exec(where) ?? [];
  return placeOf(bracketed ?? plain ?? where);
}
