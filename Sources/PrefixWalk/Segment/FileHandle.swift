import PopulusDurableFiles
import PopulusKernels

/// An open file of the engine's; reads and writes name their offset, so one serves several tasks.
struct FileHandle: Sendable {
    private let file: OpenFile

    init(opening path: String) throws(PrefixWalkError) {
        do throws(DurableFileError) { file = try OpenFile(path, for: .reading) } catch { throw .file(error) }
    }

    /// Creates a file that only its owner can read; there must be none of that name.
    init(creating path: String) throws(PrefixWalkError) {
        do throws(DurableFileError) { file = try OpenFile(path, for: .writingNew) } catch { throw .file(error) }
    }

    /// Creates a file whose name is gone at once, and whose bytes are gone with the handle.
    init(temporaryIn directory: String) throws(PrefixWalkError) {
        let path = directory + "/walk-state-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try self.init(creating: path)
        Self.remove(path)
    }

    var count: Int {
        get throws(PrefixWalkError) {
            do throws(DurableFileError) { return try file.status.size } catch { throw .file(error) }
        }
    }

    /// Fills `slice` from `offset` on.
    ///
    /// - Throws: `damagedSegment` where the file ends before that.
    func read(into slice: WalkSlice, at offset: Int) throws(PrefixWalkError) {
        let bytes = unsafe slice.buffer.withBytes(at: slice.offset, count: slice.count)
        let count: Int
        do throws(DurableFileError) { count = try unsafe file.read(into: bytes, at: offset) } catch {
            throw .file(error)
        }
        guard count == slice.count else { throw .damagedSegment }
    }

    func write(_ slice: WalkSlice, at offset: Int) throws(PrefixWalkError) {
        let bytes = unsafe slice.buffer.withBytes(at: slice.offset, count: slice.count)
        do throws(DurableFileError) { try unsafe file.write(UnsafeRawBufferPointer(bytes), at: offset) } catch {
            throw .file(error)
        }
    }

    func read(count: Int, at offset: Int) throws(PrefixWalkError) -> [UInt8] {
        let buffer = WalkBuffer(count: count)
        try read(into: WalkSlice(buffer), at: offset)
        return buffer.bytes
    }

    /// Has the operating system read a part of the file in the background, where it knows how.
    func prefetch(from offset: Int, count: Int) { file.prefetch(from: offset, count: count) }

    func synchronize() throws(PrefixWalkError) {
        do throws(DurableFileError) { try file.synchronize() } catch { throw .file(error) }
    }

    /// Renames a file in its directory and makes that durable.
    static func rename(_ source: String, to destination: String) throws(PrefixWalkError) {
        do throws(DurableFileError) {
            try FileNames.rename(source, to: destination)
            try FileNames.synchronize(folder: FileNames.folder(of: destination))
        } catch {
            throw .file(error)
        }
    }

    /// Removes a file if it is there.
    static func remove(_ path: String) {
        // What cannot be removed takes room; a new file of that name says why it cannot be made.
        _ = try? FileNames.remove(path)
    }
}
