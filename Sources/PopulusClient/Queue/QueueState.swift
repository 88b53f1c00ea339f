import Foundation

/// What a queue knows beside its reports, in the file `state`.
struct QueueState: Codable, Hashable, Sendable {
    static let name = "state"

    /// Of this file's form.
    var version = 1
    /// The window that is counted, and how long it is; nothing before the first one.
    var window: UInt64?
    var seconds: UInt64?
    /// The reports of that window.
    var count = 0
    /// Whether the reports are to be erased.
    var isErasing = false

    init() {}

    init(decoding bytes: [UInt8]) throws(QueueFileError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw .other("the file \(Self.name) is damaged")
        }
        guard version == 1 else { throw .other("the file \(Self.name) is that of a later version") }
    }

    func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return Array(try encoder.encode(self))
        } catch {
            preconditionFailure("numbers always have a JSON: \(error)")
        }
    }

    /// Goes to the window that has `now` in it.
    ///
    /// A clock that goes back begins no window anew: what was counted stays counted, also when it goes on again.
    ///
    /// - Returns: whether the window before has ended without a report.
    mutating func enter(_ now: Double, seconds: UInt64) -> Bool {
        let current = UInt64(max(0, now)) / seconds
        guard let window, self.seconds == seconds else {
            // A cap of another length than the last start had: what was reported counts on.
            self.window = current
            self.seconds = seconds
            return false
        }
        guard current > window else {
            // A clock that was more than a week ahead was wrong then: nobody waits for that time to come.
            if window - current > max(1, Self.week / seconds) { self.window = current }
            return false
        }
        self.window = current
        defer { count = 0 }
        return count == 0
    }

    /// In seconds.
    private static let week: UInt64 = 604_800
}
