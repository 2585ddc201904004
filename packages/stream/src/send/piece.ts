/** A part of the stream to put into one segment. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly fin: boolean;
  /** Its acknowledgement must not be delayed. */
  readonly asks: boolean;
}
