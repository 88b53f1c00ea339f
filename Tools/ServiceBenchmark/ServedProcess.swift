import Foundation
import Synchronization

/// An aggregator as a process of its own; it ends when this process ends, in whatever way.
///
/// Foundation's `Process` is not used: on Linux it notices the end of a child only when all of the child's own children
/// have ended too.
final class ServedProcess: Sendable {
    let name: String
    let pid: pid_t
    private let log: URL
    /// The write end of a pipe: closed without a word, it makes the guard kill the child.
    private let leash: FileHandle
    private let status = Mutex<Int32?>(nil)

    /// Starts the guard in the background and becomes the program, so that the process ID is the program's.
    private static let launcher = """
        exec 3<&0; { read -r word <&3 || kill -9 $$; } >/dev/null 2>&1 &
        exec "$@" </dev/null 3<&-
        """

    /// Starts a program whose output goes to a file.
    init(_ executable: String, _ arguments: [String], name: String, log: URL) throws {
        self.name = name
        self.log = log
        let pipe = Pipe()
        leash = pipe.fileHandleForWriting
        for handle in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForReading.fileDescriptor, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The threads of this process block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var words = (["sh", "-c", Self.launcher, name, executable] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var started: pid_t = 0
        guard posix_spawn(&started, "/bin/sh", &actions, &attributes, &words, environ) == 0 else {
            throw BenchmarkError("cannot start \(executable)")
        }
        pid = started
    }

    /// What it has written so far.
    ///
    /// Nothing before the file is there.
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Waits for the line that says that it serves.
    func ready(saying words: String = "ready on", within seconds: Double = 60) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !output.contains(words) {
            if let status = exitStatus() { throw BenchmarkError("the \(name) ended with \(status): \(output)") }
            guard ContinuousClock.now < deadline else { throw BenchmarkError("the \(name) is not ready: \(output)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The exit status, or 128 plus the signal that ended it; nil while it runs.
    private func exitStatus() -> Int32? {
        status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
            let signal = raw & 0x7f
            status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
            // The launcher that reads it may have ended already.
            try? leash.write(contentsOf: Data("ended\n".utf8))
            return status
        }
    }

    /// Waits for its end and gives the exit status.
    func end() async -> Int32 {
        while true {
            if let status = exitStatus() { return status }
            // Also a cancelled task waits for the end: it does not leave a process behind.
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Watches it until the calling task is cancelled.
    ///
    /// - Throws: its last words, as soon as it has ended.
    func watch() async throws {
        while true {
            if let status = exitStatus() {
                throw BenchmarkError("the \(name) ended with \(status): \(output.suffix(2_000))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Asks it to end, and makes it when it takes too long.
    func stop() async {
        for (signal, seconds) in [(SIGTERM, 20.0), (SIGKILL, 10.0)] {
            guard exitStatus() == nil else { return }
            kill(pid, signal)
            let deadline = ContinuousClock.now + .seconds(seconds)
            while exitStatus() == nil, ContinuousClock.now < deadline {
                // Also for a cancelled task there is a deadline.
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// What went wrong, in words.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
