// Makes the setting `horizon.trace.server` do what it says: the library traces only where the channel's log level is
// "trace", which users would have to set in another place as well.
import {
  type Disposable,
  type Event,
  EventEmitter,
  LogLevel,
  type LogOutputChannel,
  type ViewColumn,
  workspace,
} from "vscode";

/** A log channel that reports the level "trace" while messages are to be traced, and writes them as information. */
export class TraceChannel implements LogOutputChannel {
  private readonly levelChanged = new EventEmitter<LogLevel>();
  private readonly subscriptions: Disposable[];

  constructor(private readonly log: LogOutputChannel) {
    this.subscriptions = [
      this.levelChanged,
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("horizon.trace.server")) {
          this.levelChanged.fire(this.logLevel);
        }
      }),
      log.onDidChangeLogLevel(() => this.levelChanged.fire(this.logLevel)),
    ];
  }

  get name(): string {
    return this.log.name;
  }

  get logLevel(): LogLevel {
    const traced = workspace.getConfiguration("horizon").get("trace.server", "off") !== "off";
    return traced ? LogLevel.Trace : this.log.logLevel;
  }

  get onDidChangeLogLevel(): Event<LogLevel> {
    return this.levelChanged.event;
  }

  trace(message: string, ...args: unknown[]): void {
    if (this.log.logLevel === LogLevel.Trace) {
      this.log.trace(message, ...args);
    } else {
      this.log.info(message, ...args);
    }
  }

  debug(message: string, ...args: unknown[]): void {
    this.log.debug(message, ...args);
  }

  info(message: string, ...args: unknown[]): void {
    this.log.info(message, ...args);
  }

  warn(message: string, ...args: unknown[]): void {
    this.log.warn(message, ...args);
  }

  error(error: string | Error, ...args: unknown[]): void {
    this.log.error(error, ...args);
  }

  append(value: string): void {
    this.log.append(value);
  }

  appendLine(value: string): void {
    this.log.appendLine(value);
  }

  replace(value: string): void {
    this.log.replace(value);
  }

  clear(): void {
    this.log.clear();
  }

  show(columnOrPreserveFocus?: ViewColumn | boolean, preserveFocus?: boolean): void {
    this.log.show(typeof columnOrPreserveFocus === "boolean" ? columnOrPreserveFocus : preserveFocus);
  }

  hide(): void {
    this.log.hide();
  }

  /** Ends the listening; the log itself belongs to its creator. */
  dispose(): void {
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
  }
}
