import { once } from "node:events";
import { connect, type OnReadOpts, type Socket, type TcpNetConnectOpts } from "node:net";
import { bulkHighWaterMark } from "./commands.js";

/** Connects to a loopback port. An error after that ends the socket and is seen as its close. */
export async function connectTo(port: number, onread?: OnReadOpts): Promise<Socket> {
  // A socket hands its options on to its stream; the types do not say so.
  const options: TcpNetConnectOpts & { readonly writableHighWaterMark: number } = {
    host: "127.0.0.1",
    port,
    noDelay: true,
    writableHighWaterMark: bulkHighWaterMark,
    ...(onread === undefined ? {} : { onread }),
  };
  const socket = connect(options);
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}
