import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT and SIGTERM into the cancellation of what is under way.
enum Interruption {
    /// Runs `body` as a task that the first signal cancels; a second one, or three seconds, end the process at once.
    ///
    /// - Parameter parting: said if the process has to be ended that way.
    static func cancelling<Value: Sendable>(
        parting: String, _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value, signal: Int32?) {
        let task = Task { await body() }
        return await following(task, parting: { parting }, first: { task.cancel() })
    }

    /// Runs `body`, which the first signal has come to its end by itself; a second one, or three seconds, end the process.
    ///
    /// - Parameters:
    ///   - parting: said if the process has to be ended that way.
    ///   - stop: tells `body` to come to its end.
    static func stopping<Value: Sendable>(
        parting: @escaping @Sendable () -> String, stop: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value, signal: Int32?) {
        await following(Task { await body() }, parting: parting, first: stop)
    }

    private static func following<Value: Sendable>(
        _ task: Task<Value, Never>, parting: @escaping @Sendable () -> String, first: @escaping @Sendable () -> Void
    ) async -> (value: Value, signal: Int32?) {
        let received = Mutex<Int32?>(nil)
        let arrived: @Sendable (Int32) -> Void = { number in
            let isSecond = received.withLock { earlier in
                defer { earlier = earlier ?? number }
                return earlier != nil
            }
            let end: @Sendable () -> Void = {
                StandardStream.error.write("\n\(parting())\n")
                _exit(128 + number)
            }
            if isSecond { end() }
            first()
            // Reading from a terminal cannot be cancelled.
            DispatchQueue.global().asyncAfter(deadline: .now() + 3, execute: end)
        }
        let value = await SignalSources.passing(to: arrived) { await task.value }
        return (value, received.withLock { $0 })
    }
}

/// Where SIGINT and SIGTERM arrive, once for the process and to its end.
///
/// A source of a signal that was made before and cancelled hears nothing on Linux: a command that listens twice must not make
/// it twice. While nobody listens they end the process, as they do by themselves.
private enum SignalSources {
    typealias Listener = @Sendable (Int32) -> Void

    private static let listener = Mutex<Listener?>(nil)
    /// Made when they are first needed.
    ///
    /// Nothing else is done with them: they only have to live.
    nonisolated(unsafe) private static let sources: [any DispatchSourceSignal] = [SIGINT, SIGTERM].compactMap {
        number in
        // A background job of a script may have been told to ignore the keyboard.
        let previous = signal(number, SIG_IGN)
        guard unsafeBitCast(previous, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else { return nil }
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { pass(number) }
        source.resume()
        return source
    }

    /// Runs a body, while signals are its listener's.
    static func passing<Value>(to heard: @escaping Listener, _ body: () async -> Value) async -> Value {
        let outer = listener.withLock { current in
            defer { current = heard }
            return current
        }
        _ = sources
        let value = await body()
        listener.withLock { $0 = outer }
        return value
    }

    private static func pass(_ number: Int32) {
        if let listener = listener.withLock({ $0 }) { return listener(number) }
        signal(number, SIG_DFL)
        kill(getpid(), number)
    }
}
