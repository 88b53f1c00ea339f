/// Reads and replaces a file as a whole: whoever reads it finds the old bytes or the new ones, also after a crash.
package enum DurableFile {
    /// The bytes of a file; nil if nothing has its name.
    ///
    /// - Parameter limit: the most bytes; of a greater file some more than that are given.
    package static func read(_ path: String, limit: Int) throws(DurableFileError) -> [UInt8]? {
        let file: OpenFile
        do throws(DurableFileError) {
            file = try OpenFile(path, for: .reading)
        } catch {
            guard [.missing, .notAFolder].contains(error.cause) else { throw error }
            return nil
        }
        return try file.readOn(limit: limit)
    }

    /// Writes `bytes` to `path`.
    ///
    /// - Parameters:
    ///   - permissions: who may read it, as far as the process's mask lets them.
    ///   - durable: whether to wait until the disk has the bytes and the name.
    package static func write(
        _ bytes: [UInt8], to path: String, permissions: UInt32 = 0o600, durable: Bool
    ) throws(DurableFileError) {
        let temporary = try fill(bytes, beside: path, permissions: permissions, durable: durable)
        try finish(temporary) { () throws(DurableFileError) in try FileNames.rename(temporary, to: path) }
        if durable { try FileNames.synchronize(folder: FileNames.folder(of: path)) }
    }

    /// Writes `bytes` to a new file, and waits until the disk has them and the name.
    ///
    /// - Throws: `exists` where something has the name, be it that another process made it meanwhile.
    package static func make(_ bytes: [UInt8], at path: String) throws(DurableFileError) {
        let temporary = try fill(bytes, beside: path, permissions: 0o600, durable: true)
        // A link fails where a rename would replace what another process wrote meanwhile.
        try finish(temporary) { () throws(DurableFileError) in try FileNames.link(temporary, to: path) }
        abandon(temporary)
        try finish(path) { () throws(DurableFileError) in
            try FileNames.synchronize(folder: FileNames.folder(of: path))
        }
    }

    /// Removes a file, and waits until the disk knows; a file that is not there is no error.
    package static func remove(_ path: String) throws(DurableFileError) {
        try FileNames.remove(path)
        try FileNames.synchronize(folder: FileNames.folder(of: path))
    }

    /// Writes `bytes` in the place of a file that is there, of which owner, group and permissions stay, and waits for the disk.
    ///
    /// Where they cannot stay nothing is changed: whoever reads the file could not read it any more. Where there is none one is
    /// made for its owner alone.
    package static func replace(_ bytes: [UInt8], at path: String) throws(DurableFileError) {
        var known: FileStatus?
        do throws(DurableFileError) { known = try FileStatus(of: path) } catch {
            guard error.cause == .missing else { throw error }
        }
        let temporary = try fill(bytes, beside: path, permissions: 0o600, like: known, durable: true)
        try finish(temporary) { () throws(DurableFileError) in try FileNames.rename(temporary, to: path) }
        try FileNames.synchronize(folder: FileNames.folder(of: path))
    }

    /// Makes a file with all of the bytes; returns its name.
    private static func fill(
        _ bytes: [UInt8], beside path: String, permissions: UInt32, like known: FileStatus? = nil, durable: Bool
    ) throws(DurableFileError) -> String {
        let file = try newFile(beside: path, permissions: permissions)
        do throws(DurableFileError) {
            if let known { try file.take(from: known) }
            try file.write(bytes, at: 0)
            if durable { try file.synchronize() }
            try file.checkWritten()
        } catch {
            abandon(file.path)
            throw error
        }
        return file.path
    }

    /// Makes a file that was not there: what has its name, a link too, is somebody's.
    private static func newFile(beside path: String, permissions: UInt32) throws(DurableFileError) -> OpenFile {
        do throws(DurableFileError) {
            return try OpenFile(path + ".new", .writingNew, permissions: permissions)
        } catch {
            guard error.cause == .exists else { throw error }
        }
        return try OpenFile(
            path + ".\(UInt64.random(in: 0 ... .max)).new", .writingNew, permissions: permissions)
    }

    /// Takes the last step with a file, which goes where that fails.
    private static func finish(
        _ temporary: String, _ step: () throws(DurableFileError) -> Void
    ) throws(DurableFileError) {
        do throws(DurableFileError) { try step() } catch {
            abandon(temporary)
            throw error
        }
    }

    /// Removes a name that is of no more use.
    ///
    /// Where that fails the file only takes room; its owner alone can read it.
    private static func abandon(_ temporary: String) { _ = SystemCalls.removeFile(temporary) }
}
