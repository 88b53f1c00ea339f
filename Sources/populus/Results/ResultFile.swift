import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import ResultText
import Results

/// The file that `--csv` names, and the file beside it that says what it is a result of.
///
/// What is there and is no result of the same command is never replaced. It is checked before anything is asked, and once
/// more when the result is written.
struct ResultFile {
    /// The path as it was given.
    let path: String
    /// How the results begin that may be replaced.
    private let headers: [String]
    /// Files with another purpose in the same command, and the option that names them.
    private let taken: [(option: String, path: String)]
    /// When the result was made that is replaced, in seconds since the Epoch.
    let replaced: UInt64?
    private let place: Place

    /// Where a result goes.
    private enum Place {
        case standardOutput
        case stream(OutputPath)
        case file(OutputPath, sidecar: OutputPath)
    }

    /// - Parameters:
    ///   - path: `-` is standard output.
    ///   - headers: the first lines of results of this command.
    ///   - taken: what the command's other options name.
    init(_ path: String, headers: [String], taken: [(option: String, path: String)]) throws(CommandFailure) {
        self.path = path
        self.headers = headers
        self.taken = taken
        place = try Self.place(path, headers, taken)
        guard case .file(let csv, let sidecar) = place, csv.content == .file else {
            replaced = nil
            return
        }
        replaced = Self.made(sidecar) ?? csv.modified ?? 0
    }

    var isStandardOutput: Bool { if case .standardOutput = place { true } else { false } }

    /// Whether a file stands beside it.
    var hasSidecar: Bool { if case .file = place { true } else { false } }

    /// What is said of the result that is replaced.
    var replacement: String? {
        replaced.map { "\(path): replaces the result of \(Moment.text($0))" }
    }

    /// The file beside a CSV file.
    static func sidecar(of path: String) -> String { path + ".json" }

    // MARK: Writing

    /// Writes the result, and the file beside it where the result is a file.
    func write(_ csv: [UInt8], sidecar: String) throws(CommandFailure) {
        // Something may have come there meanwhile.
        switch try Self.place(path, headers, taken) {
        case .standardOutput: try StandardStream.output.deliver(csv)
        case .stream(let output): try Self.write(csv, into: output)
        case .file(let output, let beside):
            try Self.write(csv, to: output, permissions: output.permissions ?? 0o666)
            let permissions = beside.permissions ?? output.permissions ?? 0o666
            try Self.write(Array(sidecar.utf8), to: beside, permissions: permissions)
        }
    }

    private static func write(
        _ bytes: [UInt8], to output: OutputPath, permissions: UInt32
    ) throws(CommandFailure) {
        do throws(DurableFileError) {
            try DurableFile.write(bytes, to: output.real, permissions: permissions, durable: true)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
    }

    private static func write(_ bytes: [UInt8], into output: OutputPath) throws(CommandFailure) {
        let descriptor = open(output.given, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.inputOutput, "\(output.given): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        if let reason = StandardStream.write(bytes, to: descriptor) {
            throw CommandFailure(.inputOutput, "\(output.given): \(reason)")
        }
    }

    // MARK: Checking

    private static func place(
        _ path: String, _ headers: [String], _ taken: [(option: String, path: String)]
    ) throws(CommandFailure) -> Place {
        guard path != "-" else { return .standardOutput }
        let output = OutputPath(path)
        if output.isDescriptor(1) { return .standardOutput }
        let other = "give --csv another file, such as \(example(path))"
        switch output.content {
        case .folder: throw CommandFailure(.cannotCreate, "\(path): is a folder; give --csv a file in it")
        case .stream:
            if let reason = output.whyUnwritable {
                throw CommandFailure(.cannotCreate, "\(path): cannot be written: \(reason); \(other)")
            }
            return .stream(output)
        case .nothing, .emptyFile, .file: break
        }
        let sidecar = OutputPath(Self.sidecar(of: path))
        for file in [output, sidecar] {
            if let same = taken.first(where: { OutputPath($0.path).isSame(as: file) }) {
                throw CommandFailure(
                    .cannotCreate,
                    "\(file.given): is \(same.option) of the same command, and a result would replace it; \(other)")
            }
            guard file.content == .nothing || file.content == .emptyFile || isOurs(file, headers, path) else {
                throw CommandFailure(
                    .cannotCreate,
                    "\(file.given): is there and is no result of this command, so that it is not replaced; \(other), or "
                        + "move that one away")
            }
            if let reason = file.whyNoneCanBeMade ?? (file.content == .nothing ? nil : file.whyUnwritable) {
                throw CommandFailure(.cannotCreate, "\(file.given): cannot be written: \(reason); \(other)")
            }
        }
        return .file(output, sidecar: sidecar)
    }

    /// Whether it is a result, or stands beside one, of whichever version.
    private static func isOurs(_ file: OutputPath, _ headers: [String], _ path: String) -> Bool {
        guard file.content == .file else { return false }
        let beginnings =
            file.given == path
            ? headers.map { Array("\($0)\r\n".utf8) } : [ResultFacts.beginning, ResultsJSON.beginning]
        guard let found = file.beginning(beginnings.map(\.count).max() ?? 0) else { return false }
        return beginnings.contains { found.starts(with: $0) }
    }

    /// When a result was made, by the file beside it.
    private static func made(_ sidecar: OutputPath) -> UInt64? {
        struct Facts: Decodable { let ended: UInt64 }
        guard let data = FileManager.default.contents(atPath: sidecar.real) else { return nil }
        // It only says how old what is replaced is: a file of another version says nothing.
        return (try? JSONDecoder().decode(Facts.self, from: data))?.ended
    }

    /// The name with today's date in it.
    private static func example(_ path: String) -> String {
        let path = NSString(string: path)
        let day = Moment.text(UInt64(Date().timeIntervalSince1970)).prefix(10)
        let suffix = path.pathExtension.isEmpty || path.pathExtension == "json" ? "csv" : path.pathExtension
        return "\(path.deletingPathExtension)-\(day).\(suffix)"
    }
}
