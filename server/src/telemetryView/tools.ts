// What the editor needs of telemetry only now and then: sending, and pages about what is kept. A bundle of its own, so
// that the editor does not load OpenTelemetry's SDK and the schema with the extension.
export { forgetProgress, type SendResult, sendEvents, unsentEvents } from "../telemetry/sender.js";
export { exportEvents, renderMyData, renderUserStatistics } from "./pages.js";
