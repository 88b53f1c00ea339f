import Foundation

extension StandardStream {
    /// Writes a result: unlike words, it may not get lost without a word.
    func deliver(_ bytes: [UInt8]) throws(CommandFailure) {
        guard let reason = Self.write(bytes, to: self == .output ? 1 : 2) else { return }
        throw CommandFailure(.inputOutput, "standard output: \(reason)")
    }

    /// Writes to a file descriptor; what the system says where it cannot.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN {
                if errno == EAGAIN { usleep(10_000) }
                continue
            }
            guard count >= 0 else {
                return errno == EBADF ? "is closed" : String(cString: strerror(errno))
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    /// Makes the standard streams what every program may rely on, before anything is opened.
    ///
    /// A stream that was closed gets a place where nothing can be read or written: otherwise the next file that is opened
    /// would be taken for it, and a result would be written into it. A pipe whose reader has gone makes writing fail, and
    /// does not end the process in the middle of its work.
    static func prepare() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether a standard stream was closed when the program began.
    static func isPlaceholder(_ descriptor: Int32) -> Bool {
        var (found, null) = (stat(), stat())
        let wrong = descriptor == 0 ? O_WRONLY : O_RDONLY
        return (0...2).contains(descriptor) && fcntl(descriptor, F_GETFL) & O_ACCMODE == wrong
            && fstat(descriptor, &found) == 0 && stat("/dev/null", &null) == 0 && found.st_rdev == null.st_rdev
            && found.st_mode & S_IFMT == S_IFCHR
    }
}
