import Foundation
import Synchronization

/// A child process with its output in files; it ends when this process ends, in whatever way.
///
/// Foundation's `Process` is not used: on Linux it notices the end of a child only when all of the child's own children
/// have ended too.
final class RunningProcess: Sendable {
    let name: String
    let pid: pid_t
    let stdout: URL
    let stderr: URL
    /// The write end of a pipe: closed without a word, it makes the guard kill the child.
    private let leash: FileHandle
    private let status = Mutex<Int32?>(nil)

    /// Starts the guard in the background and becomes the program, so that the process ID is the program's.
    private static let launcher = """
        exec 3<&0; { read -r word <&3 || kill -9 $$; } >/dev/null 2>&1 &
        cd "$1" && shift && exec "$@" </dev/null 3<&-
        """

    /// Starts a program.
    ///
    /// - Parameter name: the stem of the files that take the output.
    init(
        _ executable: URL, _ arguments: [String], name: String, in scratch: Scratch,
        environment: [String: String] = [:], currentFolder: URL? = nil
    ) throws {
        self.name = name
        let unique = Self.unused(name, in: scratch)
        stdout = scratch.file(unique + ".out")
        stderr = scratch.file(unique + ".err")

        let pipe = Pipe()
        leash = pipe.fileHandleForWriting
        _ = fcntl(leash.fileDescriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(pipe.fileHandleForReading.fileDescriptor, F_SETFD, FD_CLOEXEC)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForReading.fileDescriptor, 0)
        posix_spawn_file_actions_addopen(&actions, 1, stdout.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, stderr.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)

        // The threads of this process block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let words = ["sh", "-c", Self.launcher, name, currentFolder?.path ?? ".", executable.path] + arguments
        var started: pid_t = 0
        let code = withCStrings(words) { argv in
            withCStrings(variables) { posix_spawn(&started, "/bin/sh", &actions, &attributes, argv, $0) }
        }
        guard code == 0 else { throw HarnessError("cannot start \(executable.path): error \(code)") }
        pid = started
    }

    deinit { try? leash.close() }

    private static func unused(_ name: String, in scratch: Scratch) -> String {
        let names = (1...).lazy.map { $0 == 1 ? name : "\(name)-\($0)" }
        let free = names.first { !FileManager.default.fileExists(atPath: scratch.file($0 + ".out").path) }
        return free ?? name
    }

    /// The exit status, or 128 plus the signal that ended it; nil while it runs.
    var exitStatus: Int32? {
        status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
            let signal = raw & 0x7f
            status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
            try? leash.write(contentsOf: Data("ended\n".utf8))
            return status
        }
    }

    /// Sends a signal, unless it has ended.
    func send(_ signal: Int32) {
        if exitStatus == nil { kill(pid, signal) }
    }

    /// Waits for its end and gives the exit status.
    func end(within limit: Duration) async throws -> Int32 {
        try await wait(for: "the end of \(name)", within: limit) { self.exitStatus }
    }

    /// Asks it to end, and makes it when it takes too long.
    ///
    /// - Returns: whether asking was enough.
    @discardableResult
    func stop(within limit: Duration = .seconds(10)) async -> Bool {
        send(SIGTERM)
        if (try? await end(within: limit)) != nil { return true }
        send(SIGKILL)
        _ = try? await end(within: .seconds(10))
        return false
    }

    /// What it has written, both streams; for messages and for looking after a word.
    var output: String { Scratch.text(stdout) + Scratch.text(stderr) }

    /// The most memory that it has held at once so far, in KiB; nil after its end.
    var peakMemoryKiB: Int? {
        let field = Scratch.text(URL(filePath: "/proc/\(pid)/status")).split(separator: "\n")
            .first { $0.hasPrefix("VmHWM:") }
        return field?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }
}

/// Waits until a condition gives a value.
func wait<Value>(
    for what: String, within limit: Duration, _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < deadline else { throw HarnessError("waited \(limit) for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Lends an array of C strings, ended by a null pointer.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
}
