/** What stands before the 32 bytes of an X25519 private key in PKCS #8. See RFC 8410, section 7. */
export const x25519Pkcs8Prefix: Uint8Array = Uint8Array.of(
  0x30,
  0x2e,
  0x02,
  0x01,
  0x00,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x04,
  0x22,
  0x04,
  0x20,
);

/** What stands before the 32 bytes of an X25519 public key in SubjectPublicKeyInfo. See RFC 8410, section 4. */
export const x25519SpkiPrefix: Uint8Array = Uint8Array.of(
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x03,
  0x21,
  0x00,
);
