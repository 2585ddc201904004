declare module "proxy-from-env" {
  /** The proxy for a URL by the environment; empty text for none. */
  export function getProxyForUrl(url: string): string;
}
