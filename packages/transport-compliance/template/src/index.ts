export { type MyWireOptions, myWire } from "./my-wire.js";
