import Foundation

extension Scratch {
    /// Runs `populus` to its end on a terminal of so many columns; what it showed is the result's `stdout`.
    func onTerminal(columns: Int, _ arguments: [String]) async throws -> CommandResult {
        let result = try await run(
            URL(filePath: "/usr/bin/env"),
            ["python3", "-c", Self.terminal, "\(columns)", Checkout.populus.path] + arguments,
            within: .seconds(60))
        return CommandResult(
            status: result.status, stdout: result.stdout.replacing("\r\n", with: "\n"), stderr: result.stderr,
            elapsed: result.elapsed)
    }

    /// A child on a terminal of its own, whose size is set before it starts.
    private static let terminal = """
        import fcntl, os, pty, struct, sys, termios

        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
        child = os.fork()
        if child == 0:
            os.login_tty(slave) if hasattr(os, "login_tty") else [os.dup2(slave, n) for n in (0, 1, 2)]
            os.execv(sys.argv[2], sys.argv[2:])
        os.close(slave)
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            sys.stdout.buffer.write(data)
        sys.stdout.flush()
        status = os.waitpid(child, 0)[1]
        sys.exit(os.waitstatus_to_exitcode(status))
        """
}
