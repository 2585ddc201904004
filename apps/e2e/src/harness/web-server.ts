import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onFinished } from "./on-finished.js";
import { freePort } from "./ports.js";
import { eventually } from "./waiting.js";

/** nginx with TLS, in front of something on a loopback port. It ends with the test. */
export interface WebServer {
  /** Its own port. */
  readonly port: number;
  /** The certificate to believe, a file. */
  readonly certificate: string;
  /** Ends the process that serves, as a crash does. */
  kill(): Promise<void>;
  /** Starts it, again too. */
  start(): Promise<void>;
}

/**
 * Starts an nginx for `localhost` that passes WebSockets at a path on, as its manual has it.
 *
 * @param idleSeconds time after which it ends a connection by which nothing came
 */
export async function startWebServer(path: string, behind: number, idleSeconds: number): Promise<WebServer> {
  const folder = mkdtempSync(join(tmpdir(), "culvert-nginx-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...files], { stdio: "ignore" });
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;
    master_process off;
    pid nginx.pid;
    error_log stderr crit;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${name};`).join("\n")}
      server {
        listen 127.0.0.1:${port} ssl;
        server_name localhost;
        ssl_certificate ${certificate};
        ssl_certificate_key ${key};
        location ${path} {
          proxy_pass http://127.0.0.1:${behind};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection upgrade;
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_read_timeout ${idleSeconds}s;
          proxy_send_timeout ${idleSeconds}s;
        }
      }
    }`,
  );
  let end = async (): Promise<void> => {};
  const start = async (): Promise<void> => {
    const server = execa("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { reject: false });
    end = async () => {
      server.kill("SIGKILL");
      await server;
    };
    await eventually("nginx listens", () => answers(port));
  };
  onFinished(async () => {
    await end();
    rmSync(folder, { recursive: true });
  });
  await start();
  return { port, certificate, kill: () => end(), start };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
