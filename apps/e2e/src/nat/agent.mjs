// Runs in a network namespace and hands sockets that belong to it to the test, which runs outside.
import { connect, createServer } from "node:net";

process.on("message", ({ id, connectTo, listenOn, timeoutMs }) => {
  const fail = (error) => process.send({ id, error: error.code ?? error.message });
  if (connectTo !== undefined) {
    // Paused, or the first bytes would be read here.
    const socket = connect({ ...connectTo, noDelay: true }).pause();
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })),
      timeoutMs,
    );
    socket.on("error", fail);
    socket.once("connect", () => process.send({ id }, socket));
    socket.once("close", () => clearTimeout(timer));
    socket.once("connect", () => clearTimeout(timer));
  } else {
    const server = createServer();
    server.once("error", fail);
    server.listen(listenOn, () => {
      // Closed here once it is there, or both processes would accept.
      process.send({ id, port: server.address().port }, server, () => server.close());
    });
  }
});
process.on("disconnect", () => process.exit());
