import Foundation
import Glibc

/// Who PostgreSQL's programs run as: they refuse to run as root.
struct Account: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t

    /// Nothing where the tests do not run as root themselves.
    static let other: Account? = {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            guard let entry = getpwnam(name)?.pointee else { continue }
            return Account(name: name, user: entry.pw_uid, group: entry.pw_gid)
        }
        return nil
    }()

    /// What is put before a command so that it runs as this account.
    var prefix: [String] { ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--"] }
}

/// PostgreSQL's programs and their helpers.
enum Child {
    /// A command that is not started yet.
    ///
    /// - Parameter account: who it runs as; by default who PostgreSQL needs, nothing for this process's own.
    static func process(
        _ command: [String], as account: Account? = .other, input: FileHandle, output: FileHandle
    ) -> Process {
        let (process, whole) = (Process(), (account?.prefix ?? []) + command)
        process.executableURL = URL(filePath: whole[0])
        process.arguments = Array(whole.dropFirst())
        // That account may not see the present folder.
        process.currentDirectoryURL = URL(filePath: "/")
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        return process
    }

    /// Runs a command to its end, and returns what it says.
    ///
    /// - Throws: `HarnessError.failed` with that, if its exit code is not 0.
    @discardableResult
    static func run(_ command: [String]) throws -> String {
        let said = Pipe()
        let process = process(command, input: .nullDevice, output: said.fileHandleForWriting)
        try process.run()
        try said.fileHandleForWriting.close()
        let text = String(decoding: try said.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw HarnessError.failed(command.joined(separator: " "), said: text)
        }
        return text
    }
}
