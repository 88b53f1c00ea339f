import Foundation

/// A terminal of a width, in which a program runs to its end.
struct TerminalWindow {
    let columns: Int
    /// What else the program's environment has.
    var environment: [String: String] = [:]

    /// What a program writes to the terminal; line ends are CR LF there.
    func run(_ scratch: Scratch, _ arguments: [String]) async throws -> CommandResult {
        try await scratch.run(
            URL(filePath: "/usr/bin/env"),
            ["python3", "-c", Self.program, "\(columns)", Checkout.populus.path] + arguments,
            // Those who run tests say by `NO_COLOR` that they want no colours of them.
            environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": ""].merging(environment) { $1 })
    }

    private static let program = """
        import fcntl, os, pty, struct, sys, termios
        child, terminal = pty.fork()
        if child == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
            os.execv(sys.argv[2], sys.argv[2:])
        while True:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
}
