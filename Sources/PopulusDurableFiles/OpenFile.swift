/// An open file, closed at the end.
///
/// Reads and writes name their offset, so that one serves several threads.
package final class OpenFile: Sendable {
    package let path: String
    private let descriptor: Int32
    private let isOwn: Bool

    /// What a file is opened for.
    package enum Use: Sendable {
        case reading
        /// Reading what is no link and no pipe that somebody has to write to first.
        case readingNoLink
        /// Reading and writing what is there.
        case writing
        /// Reading and writing; the file is made if it is not there, for its owner only.
        case writingAny
        /// Reading and writing a new file for its owner only; nothing may have its name, not even a link.
        case writingNew
    }

    package convenience init(_ path: String, for use: Use) throws(DurableFileError) {
        let opening: SystemCalls.Opening =
            switch use {
            case .reading: .reading
            case .readingNoLink: .readingNoLink
            case .writing: .writing
            case .writingAny: .writingAny
            case .writingNew: .writingNew
            }
        try self.init(path, opening, permissions: 0o600)
    }

    init(_ path: String, _ opening: SystemCalls.Opening, permissions: UInt32 = 0o600) throws(DurableFileError) {
        let answer = SystemCalls.openFile(path, for: opening, permissions: permissions)
        guard answer >= 0 else { throw DurableFileError(opening.operation, path, answer: answer) }
        self.path = path
        descriptor = Int32(answer)
        isOwn = true
    }

    /// A file that somebody else has opened and closes after this is gone.
    package init(borrowing descriptor: Int32, path: String) {
        self.path = path
        self.descriptor = descriptor
        isOwn = false
    }

    deinit {
        // What must be on the disk was synchronised; there is nobody to tell of more.
        if isOwn { _ = SystemCalls.closeFile(descriptor) }
    }

    /// Gives it the owner, the group and the permissions of another one.
    func take(from other: FileStatus) throws(DurableFileError) {
        let answer = SystemCalls.give(
            descriptor, owner: other.owner, group: other.group, permissions: other.permissions)
        guard answer >= 0 else { throw DurableFileError(.write, path, answer: answer) }
    }

    package var status: FileStatus {
        get throws(DurableFileError) {
            let (status, code) = FileStatus.found(at: descriptor)
            guard let status else { throw DurableFileError(.look, path, code: code) }
            return status
        }
    }

    /// What it is, whatever has its name by now; nil where the system does not say.
    package var identity: FileIdentity? { FileStatus.found(at: descriptor).status?.identity }

    // MARK: Bytes

    /// Fills `bytes` from `offset` on, as far as the file goes.
    ///
    /// - Returns: how many bytes there were.
    package func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(DurableFileError) -> Int {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
            let part = SystemCalls.readPart(descriptor, into: rest, at: offset + done)
            if part == SystemCalls.interrupted { continue }
            try check(.read, part)
            if part == 0 { break }
            done += part
        }
        return done
    }

    /// All bytes from where the last such read ended, or from the beginning: of a pipe too.
    ///
    /// - Parameter limit: the most bytes; where there are more, a few more are given.
    package func readOn(limit: Int) throws(DurableFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let part = piece.withUnsafeMutableBytes { SystemCalls.readOn(descriptor, into: $0) }
            if part == SystemCalls.interrupted { continue }
            try check(.read, part)
            if part == 0 { break }
            bytes += piece[..<part]
        }
        return bytes
    }

    /// The `count` bytes from `offset` on, or as many as there are.
    package func read(_ count: Int, at offset: Int) throws(DurableFileError) -> [UInt8] {
        var failure: DurableFileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            let room = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
            do throws(DurableFileError) { done = try read(into: room, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DurableFileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let part = SystemCalls.writePart(descriptor, rest, at: offset + done)
            if part == SystemCalls.interrupted { continue }
            try check(.write, part == 0 ? SystemCalls.noReason : part)
            done += part
        }
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(DurableFileError) {
        let failure = bytes.withUnsafeBytes { bytes -> DurableFileError? in
            do throws(DurableFileError) { try write(bytes, at: offset) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    /// Waits until all bytes are on the disk.
    package func synchronize() throws(DurableFileError) {
        try check(.synchronize, SystemCalls.synchronize(descriptor))
    }

    /// Sees that the disk has taken what was written, where it says so only when a file is closed.
    func checkWritten() throws(DurableFileError) {
        try check(.close, SystemCalls.closeCopy(of: descriptor))
    }

    /// Has the system read a part of the file in the background, where it knows how.
    package func prefetch(from offset: Int, count: Int) {
        SystemCalls.prefetch(descriptor, from: offset, count: count)
    }

    /// Locks the file for this process until it is closed, however that comes about.
    ///
    /// - Returns: false where somebody else has it, be it in this process.
    package func lock() throws(DurableFileError) -> Bool {
        let answer = SystemCalls.lockFile(descriptor)
        if answer == SystemCalls.lockIsTaken { return false }
        try check(.lock, answer)
        return true
    }

    private func check(_ operation: DurableFileError.Operation, _ answer: Int) throws(DurableFileError) {
        guard answer >= 0 else { throw DurableFileError(operation, path, answer: answer) }
    }
}

extension SystemCalls.Opening {
    fileprivate var operation: DurableFileError.Operation {
        switch self {
        case .writingAny, .writingNew: .create
        case .folder: .folder
        case .reading, .readingNoLink, .writing, .writingNoLink: .open
        }
    }
}
