import ArgumentParser
import Foundation
import PopulusDAP

/// A command's end that is not success: what went wrong, what to do next, and the exit code that tells scripts.
struct CommandFailure: Error {
    /// Exit codes, those of sysexits.h where it has one.
    ///
    /// 64 (wrong usage) is ArgumentParser's.
    enum Code: Int32 {
        /// The command did what it could, but not everything.
        case failed = 1
        /// A file's content cannot be used: not a task file, another role's, a store of another task.
        case data = 65
        /// A file is missing or cannot be read.
        case noInput = 66
        /// The other side cannot be reached.
        case unavailable = 69
        /// Something that should not happen.
        case software = 70
        /// The system refuses: the port is taken.
        case system = 71
        /// A file cannot be created.
        case cannotCreate = 73
        /// Reading or writing failed: the disk is full.
        case inputOutput = 74
        /// Try again later.
        case temporary = 75
        /// The other side refuses: a token, a batch, a bound of the task.
        case refused = 76
        /// The user may not do this.
        case permission = 77
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ParsableCommand {
    /// Runs a command's body; its failure becomes one message on standard error and the exit code.
    ///
    /// - Parameter name: the command as it was typed, after `populus`.
    static func reporting(as name: String = _commandName, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as CommandFailure {
            StandardStream.error.write("populus \(name): \(failure.message)\n")
            throw ExitCode(failure.code.rawValue)
        }
    }
}

/// Standard output and error without a buffer: a line is there when it was written, also in a file or a pipe.
enum StandardStream {
    case output
    case error

    /// Writes text of which any part may be foreign: only its line feeds reach the terminal as they are.
    ///
    /// - Parameter control: what moves the cursor, before the text.
    func write(_ text: String, after control: TerminalControl? = nil) {
        put((control?.rawValue ?? "") + ForeignText.escapedLines(text))
    }

    /// Moves the cursor.
    func write(_ control: TerminalControl) { put(control.rawValue) }

    /// What is only shown may be lost, as when its reader has gone; a result is delivered, which tells.
    private func put(_ text: String) {
        let handle = self == .output ? FileHandle.standardOutput : FileHandle.standardError
        // Where standard error is closed nobody could be told.
        try? handle.write(contentsOf: Data(text.utf8))
    }
}

/// What the commands tell a terminal, apart from text.
enum TerminalControl: String {
    /// Goes to the beginning of the line and empties it.
    case clearLine = "\r\u{1b}[K"
}
