export { requirements } from "./requirements.js";
