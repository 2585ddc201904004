// Loaded into nodes: SIGUSR2 puts the clock of the process an hour ahead, and the next one back again.
const hourMs = 3_600_000;
const RealDate = Date;
let aheadMs = 0;

globalThis.Date = class JumpingDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + aheadMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

process.on("SIGUSR2", () => {
  aheadMs = aheadMs === 0 ? hourMs : 0;
});
