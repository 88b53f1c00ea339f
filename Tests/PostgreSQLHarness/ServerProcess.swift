import Foundation
import Glibc
import Synchronization

/// Sees to it that a server does not outlive this process, however that ends.
///
/// A shell waits for the end of a pipe whose other end only this process has. Then it stops the server and removes its
/// folder, also where that is still being made.
final class FolderGuard: Sendable {
    private let pipe: Mutex<FileHandle?>

    private static let script = """
        trap '' INT HUP TERM
        while read -r _; do :; done
        for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            if [ -e "$1/data/postmaster.pid" ]; then kill -QUIT $(head -n 1 "$1/data/postmaster.pid"); fi
            rm -rf -- "$1"
            sleep 0.2
            if [ ! -e "$1" ]; then exit 0; fi
        done
        """

    init(_ folder: URL) throws {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw HarnessError.unreachable("no pipe: errno \(errno)") }
        // Other programs that this process starts must not hold it.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipe = Mutex(FileHandle(fileDescriptor: ends[1], closeOnDealloc: true))
        let input = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        // Who may remove the folder from the one around it.
        let process = Child.process(
            ["/bin/sh", "-c", Self.script, "sh", folder.path], as: nil, input: input, output: .nullDevice)
        try process.run()
    }

    /// Nobody needs the server any more.
    func leave() { pipe.withLock { $0 = nil } }
}

/// One life of a server.
final class ServerProcess: Sendable {
    private let process: Mutex<Process>

    /// - Parameter log: where what the server says is added.
    init(_ command: [String], log: URL) throws {
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        let process = Child.process(command, input: .nullDevice, output: output)
        try Self.withSignals { try process.run() }
        self.process = Mutex(process)
    }

    /// Runs a body that starts a program, which is to hear signals.
    ///
    /// A program starts with the signals blocked that its parent's thread has blocked, and threads of a pool block nearly all.
    private static func withSignals(_ body: () throws -> Void) rethrows {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_UNBLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }
    var id: pid_t { process.withLock { $0.processIdentifier } }

    func waitForEnd() { while isRunning { usleep(2000) } }
}
