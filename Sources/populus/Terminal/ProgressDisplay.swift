import Foundation
import PopulusDAP
import ResultText
import Synchronization

/// Progress on standard error: one line that is redrawn on a terminal, a plain line a minute otherwise.
final class ProgressDisplay: Sendable {
    /// Whether standard error is a terminal.
    let isTerminal = isatty(2) == 1
    /// Whether only errors are shown.
    let isQuiet: Bool
    /// Seconds between plain lines.
    private let plainInterval: Double
    private let state = Mutex(State())

    private struct State {
        var drawn = false
        /// What is drawn, to be drawn again below a line that stays.
        var text = ""
        var lastPlain: ContinuousClock.Instant?
    }

    /// - Parameter quiet: whether to show nothing but errors.
    init(quiet: Bool = false, plainInterval: Double = 60) {
        isQuiet = quiet
        self.plainInterval = plainInterval
    }

    /// Shows how far it is; on a terminal with a bar if `fraction`, in 0...1, is known and leaves room for the text.
    ///
    /// Elsewhere, as in a pipe or a log, a line appears once a minute and the others are left out.
    func update(_ text: String, fraction: Double? = nil) {
        guard !isQuiet else { return }
        state.withLock { state in
            if isTerminal {
                let columns = Self.columns
                state.text = ProgressLine.text(ForeignText.escaped(text), fraction: fraction, columns: columns - 1)
                StandardStream.error.write(state.text, after: .clearLine)
                state.drawn = true
            } else {
                let now = ContinuousClock.now
                if let last = state.lastPlain, last.duration(to: now) < .seconds(plainInterval) { return }
                state.lastPlain = now
                StandardStream.error.write(text + "\n")
            }
        }
    }

    /// Writes a line that stays: what is good to know, and no error.
    func line(_ text: String) {
        guard !isQuiet else { return }
        show(text)
    }

    /// Writes a line that stays above the one that is redrawn: what was going on goes on.
    func note(_ text: String) {
        guard !isQuiet else { return }
        state.withLock { state in
            StandardStream.error.write(text + "\n", after: state.drawn ? .clearLine : nil)
            if state.drawn { StandardStream.error.write(state.text) }
        }
    }

    /// Writes a line that stays, whatever was asked for: something went wrong.
    func error(_ text: String) { show(text) }

    /// Removes the line that is redrawn.
    func clear() {
        state.withLock { state in
            if state.drawn { StandardStream.error.write(.clearLine) }
            state.drawn = false
        }
    }

    private func show(_ text: String) {
        state.withLock { state in
            StandardStream.error.write(text + "\n", after: state.drawn ? .clearLine : nil)
            state.drawn = false
        }
    }

    private static var columns: Int { Terminal.columns(of: 2) ?? 80 }
}

/// The line that is redrawn.
enum ProgressLine {
    private static let longestBar = 30
    private static let shortestBar = 8

    /// A bar as long as the text leaves room for, and the text; `…` where even the text alone is too long.
    static func text(_ text: String, fraction: Double?, columns: Int) -> String {
        let room = min(longestBar, columns - Wrapping.columns(of: text) - 3)
        if let fraction, room >= shortestBar { return bar(fraction, room) + " " + text }
        return Wrapping.beginning(of: text, width: columns)
    }

    private static func bar(_ fraction: Double, _ length: Int) -> String {
        let full = Int((min(max(fraction, 0), 1) * Double(length)).rounded())
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: length - full) + "]"
    }
}

/// A length of time for people: `4.2 s`, `3 min 20 s`, `2 h 5 min`.
func readable(seconds: Double) -> String {
    if seconds < 10 { return "\((seconds * 10).rounded() / 10) s" }
    let whole = Int(min(seconds.rounded(), 1e9))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// A number of things: `1 line`, `2 lines`.
func counted(_ number: some BinaryInteger, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
}
