const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Text of a peer, fit for terminals, logs and pages: each control and format character, such as ESC, BEL, CR and those that
 * turn the direction of writing, becomes a space. To be called where such text is decoded.
 */
export function cleanPeerText(text: string): string {
  return text.replace(unprintable, " ");
}
