import Client
import Foundation
import PopulusDurableFiles

/// An input that a person named: a file, or `-` for standard input.
struct InputFile {
    /// As it was typed.
    let path: String
    let handle: FileHandle
    /// Whether it can be read again from its beginning: a file, and no pipe, terminal or device.
    let isRegular: Bool

    /// What messages call it.
    var name: String { Self.name(of: path) }

    static func name(of path: String) -> String { path == "-" ? "standard input" : path }

    /// - Throws: code 66 for what is not there or cannot be read.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno
            throw CommandFailure(
                .noInput,
                reason == ENOENT
                    ? "\(path): no such file; give a file with one value a line, or - for standard input"
                    : "\(path): cannot be read: \(String(cString: strerror(reason)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: path != "-")
        isRegular = try Self.isRegular(descriptor, Self.name(of: path))
    }

    private static func isRegular(_ descriptor: Int32, _ name: String) throws(CommandFailure) -> Bool {
        let mode = fcntl(descriptor, F_GETFL)
        guard mode >= 0, let kind = FileStatus(descriptor: descriptor)?.kind, !StandardStream.isPlaceholder(descriptor)
        else {
            throw closed(name)
        }
        switch kind {
        case .folder: throw CommandFailure(.noInput, "\(name) is a folder; give a file with one value a line")
        case .file, .stream: break
        // Where nothing was opened, the program's own business has the number now.
        case .link, .other: throw closed(name)
        }
        guard mode & O_ACCMODE != O_WRONLY else {
            throw CommandFailure(.noInput, "\(name) is open for writing only; give a file, or a pipe to read from")
        }
        return kind == .file
    }

    private static func closed(_ name: String) -> CommandFailure {
        CommandFailure(.noInput, "\(name) is closed; give a file with one value a line, or a pipe to read from")
    }

    /// Looks through a file before anything of it is used.
    ///
    /// - Parameter command: the words of the same command, with the file's place taken by `-`.
    func survey(_ form: InputForm, command: [String]) throws(CommandFailure) -> InputSurvey {
        do throws(InputError) {
            return try InputSurvey(handle, form: form)
        } catch {
            throw failure(error, command: command)
        }
    }

    /// What is wrong with the input, and what would be right.
    func failure(_ error: InputError, command: [String]) -> CommandFailure {
        switch error {
        case .unreadable(let reason): CommandFailure(.inputOutput, "\(name) cannot be read: \(reason)")
        case .noText(let what): CommandFailure(.data, explain(what, command: command))
        }
    }

    private func explain(_ what: NoText, command: [String]) -> String {
        let next = command.map(ShellWord.quoted).joined(separator: " ")
        var lines = ["\(name) is \(what). Nothing of it was used."]
        switch (what.filter, path) {
        case (let filter?, "-"): lines.append("give its text: … | \(filter) | \(next)")
        case (let filter?, _):
            let from = filter.hasPrefix("tr ") ? "< " : ""
            lines.append("give its text: \(filter) \(from)\(ShellWord.quoted(path)) | \(next)")
        case (nil, _):
            lines.append(
                what.isNul
                    ? "values that end at NUL bytes are taken with --null"
                    : "give a file with one value a line, such as a table that was saved as text")
        }
        lines.append("--binary takes the bytes as they are")
        return lines.joined(separator: "\n")
    }
}

extension NoText {
    fileprivate var isNul: Bool { if case .nul = self { true } else { false } }
}

extension InputFile {
    /// All lines that are not empty, of what is read once as well.
    ///
    /// - Parameter command: the words of the same command, with the file's place taken by `-`.
    func lines(_ form: InputForm, command: [String]) throws(CommandFailure) -> [(number: Int, value: [UInt8])] {
        if isRegular { _ = try survey(form, command: command) }
        var lines: [(number: Int, value: [UInt8])] = []
        var faulty: (number: Int, fault: InputLine.Fault)?
        do throws(InputError) {
            var reader = LineReader(handle, form: form)
            if !isRegular, let what = try reader.look() { throw .noText(what) }
            while faulty == nil, let line = try reader.next() {
                faulty = line.fault.map { (line.number, $0) }
                if line.length > 0 { lines.append((line.number, line.bytes)) }
            }
        } catch {
            throw failure(error, command: command)
        }
        if let faulty { throw CommandFailure(.data, "\(name): line \(faulty.number): \(faulty.fault.words)") }
        return lines
    }
}
