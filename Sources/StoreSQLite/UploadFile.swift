import Aggregator
import PopulusDurableFiles

/// One open file of uploads, closed at the end.
///
/// Reads and writes name their offset, so that one serves several threads.
final class UploadFile: Sendable {
    let number: Int64
    let identity: FileIdentity?
    private let file: OpenFile

    /// Creates a file that only its owner can read; there must be none of that name.
    init(creating path: String, number: Int64) throws(StoreError) {
        self.number = number
        file = try StoreError.wrapping("cannot make \(path)") { () throws(DurableFileError) in
            try OpenFile(path, for: .writingNew)
        }
        identity = file.identity
    }

    init(opening path: String, number: Int64) throws(StoreError) {
        self.number = number
        do throws(DurableFileError) { file = try OpenFile(path, for: .reading) } catch {
            throw error.cause == .missing ? .damaged("\(path) is missing") : StoreError("cannot open \(path)", error)
        }
        identity = file.identity
    }

    /// The length in bytes.
    var size: Int {
        get throws(StoreError) {
            try StoreError.wrapping("cannot look at a file of uploads") { () throws(DurableFileError) in
                try file.status.size
            }
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
        try StoreError.wrapping("cannot write uploads") { () throws(DurableFileError) in
            try file.write(bytes, at: offset)
        }
    }

    func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
        let bytes = try StoreError.wrapping("cannot read uploads") { () throws(DurableFileError) in
            try file.read(count, at: offset)
        }
        guard bytes.count == count else { throw .damaged("a file of uploads ends too early") }
        return bytes
    }

    /// Waits until all bytes are on disk.
    func synchronize() throws(StoreError) {
        try StoreError.wrapping("cannot make uploads durable") { () throws(DurableFileError) in
            try file.synchronize()
        }
    }

    /// Waits until the names of a folder's files are on disk.
    static func synchronize(folder: String) throws(StoreError) {
        try StoreError.wrapping("cannot make \(folder) durable") { () throws(DurableFileError) in
            try FileNames.synchronize(folder: folder)
        }
    }
}
