import { describe, expect, it } from "vitest";
import { cleanPeerText } from "./peer-text.js";

describe("cleanPeerText", () => {
  it("leaves what people write as it is", () => {
    expect(cleanPeerText("Grüße, 你好 – “ok”")).toBe("Grüße, 你好 – “ok”");
  });

  it.each([
    ["ESC", "a\u001b[2Jb", "a [2Jb"],
    ["BEL and CR", "a\u0007\rb", "a  b"],
    ["line breaks", "a\nb\u2028c\u0085d", "a b c d"],
    ["C1 codes", "a\u009b31mb", "a 31mb"],
    ["turned writing", "a\u202egnp.exe", "a gnp.exe"],
    ["invisible characters", "a\u200bb\ufeffc", "a b c"],
  ])("takes out %s", (_, text, clean) => {
    expect(cleanPeerText(text)).toBe(clean);
  });
});
