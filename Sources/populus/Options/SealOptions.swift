import Aggregator
import ArgumentParser
import Foundation
import PopulusDurableFiles

/// Which keys a store's secrets are sealed with.
struct SealOptions: ParsableArguments {
    /// Where keys are that are in no file.
    static let variable = "POPULUS_SEAL_KEY"

    @Option(
        name: .customLong("seal-key"),
        help: ArgumentHelp(
            """
            A file of seal keys, one a line, 32 bytes in Base64 each: `openssl rand -base64 32` makes one. The store's secrets are \
            sealed with the first key of all, and opened with any. May be given again. Keys in $POPULUS_SEAL_KEY, with \
            spaces between them, come last. (default: none, for a store that is not sealed)
            """, valueName: "file"),
        completion: .file())
    var files: [String] = []

    /// The keys in the order in which they were given; nothing where there is none.
    ///
    /// - Parameter tell: told of a file that others can read.
    func keys(
        environment: [String: String] = ProcessInfo.processInfo.environment, _ tell: (String) -> Void = Self.warn
    ) throws(CommandFailure) -> SealKeys? {
        var all: [SealKey] = []
        for path in files {
            guard let found = SealKeys.keys(in: try Self.text(of: path, tell)) else {
                throw CommandFailure(
                    .data, "--seal-key \(path): each line has to be one key, 32 bytes in Base64; one of them is not")
            }
            guard !found.isEmpty else { throw CommandFailure(.data, "--seal-key \(path): there is no key in it") }
            all += found
        }
        if let text = environment[Self.variable] {
            let lines = text.split(whereSeparator: \.isWhitespace).joined(separator: "\n")
            guard let found = SealKeys.keys(in: lines), !found.isEmpty else {
                throw CommandFailure(
                    .data, "$\(Self.variable) has to be keys with spaces between them, 32 bytes in Base64 each")
            }
            all += found
        }
        return SealKeys(all)
    }

    /// The same where there has to be one.
    func requiredKeys() throws(CommandFailure) -> SealKeys {
        guard let keys = try keys() else {
            throw CommandFailure(
                .data, "give the key to seal with: --seal-key FILE, of `openssl rand -base64 32`, or $\(Self.variable)")
        }
        return keys
    }

    /// More is no file of keys.
    private static let greatestFile = 1 << 16

    private static func text(of path: String, _ tell: (String) -> Void) throws(CommandFailure) -> String {
        do throws(DurableFileError) {
            // Also of a pipe, such as a shell makes of another program's output.
            let bytes = try OpenFile(path, for: .reading).readOn(limit: greatestFile)
            let status = try FileStatus(of: path)
            if status.kind == .file, status.permissions & 0o077 != 0 {
                tell("others can read \(path), which has seal keys: chmod 600 \(ShellWord.quoted(path))")
            }
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw CommandFailure(.noInput, "--seal-key \(path): the file cannot be read: \(error.reason)")
        }
    }

    private static func warn(_ text: String) { StandardStream.error.write("warning: \(text)\n") }
}
