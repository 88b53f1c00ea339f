import Foundation

/// Starts a program of this machine for each notice: the JSON is its standard input.
///
/// No shell is asked. The program gets none of this process's environment, its output goes nowhere, and it has half a
/// minute. It is delivered where the program ends with 0; with 75 it is tried again.
package struct ProgramCarrier: NoticeCarrier {
    /// The longest that the program may take.
    package static let time = Duration.seconds(30)

    private static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]

    private let program: String
    private let time: Duration

    /// - Parameter program: its path.
    package init(_ program: String, time: Duration = Self.time) {
        (self.program, self.time) = (program, time)
    }

    package func carry(id: String, body: [UInt8], path: String) async -> NoticeAttempt {
        let pid: pid_t
        switch start(id: id, input: path) {
        case .success(let started): pid = started
        case .failure(let failure):
            let reason = "the program cannot be started"
            return failure.mayPass ? .later(reason, retryAfter: nil) : .refused(reason)
        }
        let deadline = ContinuousClock.now + time
        while true {
            var status: Int32 = 0
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid { return Self.attempt(status) }
            if ended < 0, errno != EINTR { return .refused("the program's end cannot be seen") }
            guard ContinuousClock.now < deadline, !Task.isCancelled else { break }
            // Cancelled, the loop sees that itself.
            try? await Task.sleep(for: .milliseconds(50))
        }
        // Its own group: what it has started ends too.
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        if Task.isCancelled { return .later("it was interrupted", retryAfter: nil) }
        return .later("the program took longer than \(time / .seconds(1)) seconds, and was ended", retryAfter: nil)
    }

    package func shutdown() async {}

    private static func attempt(_ status: Int32) -> NoticeAttempt {
        let signal = status & 0x7f
        guard signal == 0 else { return .refused("the program was ended by signal \(signal)") }
        switch status >> 8 & 0xff {
        case 0: return .delivered
        case 75: return .later("the program ended with 75", retryAfter: nil)
        case let code: return .refused("the program ended with \(code)")
        }
    }

    /// Connections and files of this process: the program gets none of them.
    private static var openDescriptors: [Int32] {
        // Most close by themselves; where the list is missing only the others stay open.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { $0 > 2 }
    }

    /// Starts the program in a group of its own.
    private func start(id: String, input path: String) -> Result<pid_t, StartFailure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
        for descriptor in [1, 2] as [Int32] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        for descriptor in Self.openDescriptors { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process blocks or ignores are its own matter.
        var none = sigset_t()
        var handled = sigset_t()
        sigemptyset(&none)
        sigemptyset(&handled)
        for number in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&handled, number) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &handled)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let words: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
        let variables: [UnsafeMutablePointer<CChar>?] =
            (Self.environment + ["POPULUS_NOTICE=\(id)"]).map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, words, variables)
        return code == 0 ? .success(pid) : .failure(StartFailure(code: code))
    }

    /// Why the system starts no program.
    private struct StartFailure: Error {
        let code: Int32

        /// The machine has no room now, or the program is just being replaced.
        var mayPass: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY].contains(code) }
    }
}
