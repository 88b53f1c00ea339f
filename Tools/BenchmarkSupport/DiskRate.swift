import Foundation
import Glibc

/// The disk's sequential rate: a file written from front to back and then synchronised.
package enum DiskRate {
    /// What the system refuses.
    package struct Trouble: Error, CustomStringConvertible {
        package let description: String
    }

    /// Bytes a second, of a file of so many bytes in `folder`.
    package static func measure(in folder: URL, bytes: Int) throws -> Double {
        let path = folder.appending(path: "sequential").path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Trouble(description: "\(path) cannot be made") }
        defer {
            close(descriptor)
            unlink(path)
        }
        // Nothing that a disk or a file system could make shorter.
        let part = (0..<(8 << 20)).map { _ in UInt8.random(in: 0...255) }
        let start = ContinuousClock.now
        var left = bytes
        while left > 0 {
            let count = write(descriptor, part, min(left, part.count))
            guard count > 0 else { throw Trouble(description: "\(path) cannot be written: error \(errno)") }
            left -= count
        }
        guard fsync(descriptor) == 0 else { throw Trouble(description: "\(path) cannot be synchronised") }
        return Double(bytes) / (start.duration(to: .now) / .seconds(1))
    }
}
