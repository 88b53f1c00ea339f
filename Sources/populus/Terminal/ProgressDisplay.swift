import DAP
import Foundation
import Synchronization

/// Progress on standard error: one line that is redrawn on a terminal, plain lines now and then otherwise.
final class ProgressDisplay: Sendable {
    /// Whether standard error is a terminal.
    let isTerminal = isatty(2) == 1
    /// Seconds between plain lines.
    private let plainInterval: Double
    private let state = Mutex(State())

    private struct State {
        var drawn = false
        /// What is drawn, to be drawn again below a line that stays.
        var text = ""
        var lastPlain: ContinuousClock.Instant?
    }

    init(plainInterval: Double = 5) {
        self.plainInterval = plainInterval
    }

    /// Shows how far it is; on a terminal with a bar if `fraction`, in 0...1, is known.
    func update(_ text: String, fraction: Double? = nil) {
        state.withLock { state in
            if isTerminal {
                let bar = fraction.map { Self.bar($0) + " " } ?? ""
                let line = ForeignText.escaped(bar + text)
                state.text = String(line.prefix(Self.columns - 1))
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

    /// Writes a line that stays.
    func line(_ text: String) {
        state.withLock { state in
            StandardStream.error.write(text + "\n", after: state.drawn ? .clearLine : nil)
            state.drawn = false
        }
    }

    /// Writes a line that stays above the one that is redrawn: what was going on goes on.
    func note(_ text: String) {
        state.withLock { state in
            StandardStream.error.write(text + "\n", after: state.drawn ? .clearLine : nil)
            if state.drawn { StandardStream.error.write(state.text) }
        }
    }

    /// Removes the line that is redrawn.
    func clear() {
        state.withLock { state in
            if state.drawn { StandardStream.error.write(.clearLine) }
            state.drawn = false
        }
    }

    private static func bar(_ fraction: Double) -> String {
        let full = Int((min(max(fraction, 0), 1) * 30).rounded())
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: 30 - full) + "]"
    }

    private static var columns: Int {
        var size = winsize()
        return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
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
