export { lasted } from "../../alerts/incident/words.ts";
