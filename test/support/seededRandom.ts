// The same chance as everywhere; tests take it from here.
export { seededRandom } from "../../server/src/statistics/seededRandom.js";
