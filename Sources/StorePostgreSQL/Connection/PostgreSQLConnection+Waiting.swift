#if PostgreSQL
import CPostgreSQL
import Foundation

/// Waiting for the server, never longer than the limit.
extension PostgreSQLConnection {
    /// What the server said last, unless it said nothing.
    private var lastWords: String {
        let words = PQerrorMessage(pointer).map { String(cString: $0).firstLine } ?? ""
        return words.isEmpty ? "the connection was lost" : words
    }

    /// Sees that something could be sent at all.
    func sent(_ answer: Int32) throws {
        guard answer == 1 else { throw isLost ? PostgreSQLError.lost(lastWords) : .client(lastWords) }
        try flush()
    }

    /// Waits until everything was handed to the system.
    func flush() throws {
        while true {
            let left = PQflush(pointer)
            if left == 0 { return }
            guard left == 1 else { throw PostgreSQLError.lost(lastWords) }
            // A server that waits for us to read takes nothing more.
            if try wait(Int16(POLLIN | POLLOUT)) & Int16(POLLIN) != 0 { try take() }
        }
    }

    /// The next result of what was sent; nothing after the last one.
    func nextResult() throws -> PostgreSQLResult? {
        while PQisBusy(pointer) == 1 {
            _ = try wait(Int16(POLLIN))
            try take()
        }
        return PQgetResult(pointer).map { PostgreSQLResult($0) }
    }

    /// Takes what has come.
    private func take() throws {
        guard PQconsumeInput(pointer) == 1 else {
            // What the server said before it closed the connection is a result that can be read yet.
            guard PQisBusy(pointer) == 0 else { throw PostgreSQLError.lost(lastWords) }
            return
        }
    }

    /// Waits until the connection can be read or written.
    private func wait(_ events: Int16) throws -> Int16 {
        let end = ContinuousClock.now + .seconds(limits.silence)
        while true {
            let left = (end - .now).milliseconds
            var descriptor = pollfd(fd: PQsocket(pointer), events: events, revents: 0)
            guard left > 0, descriptor.fd >= 0 else {
                isGivenUp = true
                throw PostgreSQLError.lost("the server has said nothing for \(limits.silence) seconds")
            }
            let found = poll(&descriptor, 1, Int32(clamping: left))
            if found > 0 { return descriptor.revents }
            if found < 0, errno != EINTR { throw PostgreSQLError.lost("the connection cannot be waited for") }
        }
    }

    /// Whether an idle connection is still there; looks at it until it is not, or until it is woken.
    func isAlive(until bell: WakeBell) -> Bool {
        let socket = PQsocket(pointer)
        guard socket >= 0 else { return false }
        var descriptors = [socket, bell.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&descriptors, 2, -1) > 0, descriptors[0].revents != 0 else { return !isLost }
        return PQconsumeInput(pointer) == 1 && !isLost
    }

    /// The notices that have come (LISTEN).
    func takeNotices() -> [String] {
        var texts: [String] = []
        while let notice = PQnotifies(pointer) {
            texts.append(notice.pointee.extra.map { String(cString: $0) } ?? "")
            PQfreemem(notice)
        }
        return texts
    }

    /// What a result says went wrong.
    func error(of result: PostgreSQLResult) -> PostgreSQLError {
        let error = withExtendedLifetime(result) { PostgreSQLError(result.pointer, isLost: isLost) }
        firstError = firstError ?? error
        return error
    }

    /// Why everything is to run again where `error` came of it; else `error`.
    func cause(of error: any Error) -> any Error {
        if let firstError, firstError.isTransient { return firstError }
        return isLost ? PostgreSQLError.lost("the connection was lost") : error
    }

    /// Reads on until the server has answered everything that was sent.
    ///
    /// - Throws: the first error among the answers.
    @discardableResult
    func drain() throws -> PostgreSQLResult? {
        var (last, failure): (PostgreSQLResult?, PostgreSQLError?)
        while let result = try nextResult() {
            if !result.isGood { failure = failure ?? error(of: result) }
            last = result
        }
        if let failure { throw failure }
        return last
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, parts) = components
        return seconds * 1000 + (parts + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
#endif
