import Aggregator
import Foundation
import PopulusDAP
import PopulusDurableFiles
import PopulusKernels
import Synchronization

/// The bytes of uploads until their shares are opened: files beside the database that are only appended to.
///
/// In the database they would be written twice, to its log and to its file, and once more to be erased. Here a body is
/// on disk before the row that names its place is committed, and a file goes as a whole when no row names a place in it
/// any more. No process appends to a file of an earlier one, so what a crash left behind the last committed body is
/// never read. Only the store's writer appends and removes; anyone may read.
final class UploadFiles: Sendable {
    let folder: String
    /// A file that has grown so far, in bytes, gets no more bodies.
    private let fullSize: Int
    private let state: Mutex<State>

    private struct State {
        var nextNumber: Int64
        /// The file that a task's bodies are appended to, by the task's row: a file goes when its last body is erased, so what
        /// waits for one task must not keep the erased bodies of another.
        var current: [Int64: Current] = [:]
        /// What kept bodies of the transaction at hand from the disk.
        var failure: StoreError?
        /// Files that may have lost their last body in the transaction at hand.
        var touched: Set<Int64> = []
        /// Files that are being brought here, and that no row names yet.
        var arriving: ClosedRange<Int64>?
        /// The first upload that was not as it was written, by the task's row.
        var damages: [Int64: StoreError] = [:]
        /// Files that no row named any more, and that were removed.
        var removed: Set<Int64> = []
        /// Files that were read of late.
        var opened: [Int64: UploadFile] = [:]
    }

    private struct Current {
        let file: UploadFile
        /// Where the next body goes.
        var end = 0
        /// Whether it has bytes that may not be on disk yet.
        var isDirty = false
    }

    init(folder: String, fullSize: Int = 64 << 20) {
        self.folder = folder
        self.fullSize = fullSize
        let last = Self.numbers(in: folder).max() ?? 0
        state = Mutex(State(nextNumber: last + 1))
    }

    private static func numbers(in folder: String) -> [Int64] {
        StoreFiles.names(in: folder).compactMap { $0.hasSuffix(".uploads") ? Int64($0.dropLast(8)) : nil }
    }

    /// Has new files get numbers that no row names yet: the file of a row may be lost, and its number is still that row's.
    ///
    /// - Parameter ends: where the last body ends that a row names, by file.
    func number(after ends: [Int64: Int]) {
        guard let last = ends.keys.max() else { return }
        state.withLock { $0.nextNumber = max($0.nextNumber, last + 1) }
    }

    /// Keeps the next numbers for files that are brought here, which get their own numbers and what is returned more.
    ///
    /// Until ``arrived()`` none of them is taken for a file that no row names any more.
    func reserve(_ count: Int64) -> Int64 {
        state.withLock { state in
            let first = state.nextNumber
            state.nextNumber += count
            state.arriving = count > 0 ? first...first + count - 1 : nil
            return first - 1
        }
    }

    /// Rows name what was brought here, or it is gone again.
    func arrived() { state.withLock { $0.arriving = nil } }

    private func path(_ number: Int64) -> String { "\(folder)/\(number).uploads" }
}

// MARK: - Writing

extension UploadFiles {
    /// Where the next body of a task goes; to be followed by ``append(_:at:of:)`` or by nothing.
    ///
    /// - Parameter task: its row.
    func nextPlace(of task: Int64) throws(StoreError) -> UploadPlace {
        let current = state.withLock { $0.current[task] }
        if let current, current.end < fullSize { return UploadPlace(file: current.file.number, offset: current.end) }
        if current != nil { try synchronize() }
        let number = state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        let file = try UploadFile(creating: path(number), number: number)
        try UploadFile.synchronize(folder: folder)
        state.withLock { $0.current[task] = Current(file: file) }
        return UploadPlace(file: number, offset: 0)
    }

    /// Writes a body to the place that is next.
    ///
    /// It is on disk after ``synchronize()``.
    func append(_ body: [UInt8], at place: UploadPlace, of task: Int64) throws(StoreError) {
        guard let file = state.withLock({ $0.current[task]?.file }), file.number == place.file else {
            throw .database("uploads are written out of order")
        }
        try file.write(body, at: place.offset)
        state.withLock { $0.current[task] = Current(file: file, end: place.offset + body.count, isDirty: true) }
    }

    /// Begins a transaction: nothing has failed or been touched in it.
    func begin() {
        state.withLock { state in
            state.failure = nil
            state.touched = []
        }
    }

    /// Waits until what was appended is on disk.
    ///
    /// After a failure nothing more goes to that file, since nobody knows what of it is on disk, and the transaction fails.
    func synchronize() throws(StoreError) {
        let (failure, dirty) = state.withLock { ($0.failure, $0.current.filter(\.value.isDirty)) }
        if let failure { throw failure }
        for (task, current) in dirty {
            do throws(StoreError) {
                try current.file.synchronize()
            } catch {
                state.withLock { state in
                    state.current[task] = nil
                    state.failure = error
                }
                throw error
            }
            state.withLock { $0.current[task]?.isDirty = false }
        }
    }

    /// Remembers that bodies of these files were erased in the transaction at hand.
    func touch(_ files: ClosedRange<Int64>) { state.withLock { $0.touched.formUnion(files) } }

    /// The files that were touched in the transaction at hand.
    var touched: Set<Int64> {
        state.withLock { state in state.touched.filter { state.arriving?.contains($0) != true } }
    }

    /// Removes files that no row names any more.
    func remove(_ numbers: some Sequence<Int64>) {
        for number in numbers {
            state.withLock { state in
                state.current = state.current.filter { $0.value.file.number != number }
                state.opened[number] = nil
                state.removed.insert(number)
            }
            // One that cannot be removed is of no row, and is tried again at the next start.
            _ = try? FileNames.remove(path(number))
        }
    }
}

// MARK: - Reading

extension UploadFiles {
    private static let mostOpened = 16

    /// Uploads that are read at once, where they follow one another, at most; and their bytes, as many as an allocator uses again
    /// instead of asking the system for fresh memory.
    static let mostTogether = 64
    private static let mostBytesTogether = 72 << 10

    /// The bytes of uploads.
    ///
    /// - Parameter task: the row of the task that loses an upload, where that is not there.
    /// - Throws: `StoreError.damaged` where one is not there.
    func read(_ wanted: [WantedUpload], task: Int64?) throws(StoreError) -> [ArraySlice<UInt8>] {
        var bodies: [ArraySlice<UInt8>] = []
        bodies.reserveCapacity(wanted.count)
        while bodies.count < wanted.count {
            let run = Self.run(of: wanted[bodies.count...])
            let place = run[run.startIndex].place
            do throws(StoreError) {
                bodies += try read(run)
            } catch {
                guard case .damaged = error else { throw error }
                // Who read the rows before they were erased is told so late.
                let isErased = state.withLock { $0.removed.contains(place.file) }
                guard !isErased else { throw .database("the upload was erased meanwhile") }
                if let task { state.withLock { $0.damages[task] = $0.damages[task] ?? error } }
                throw error
            }
        }
        return bodies
    }

    /// The first of these uploads, and those that follow it in its file.
    private static func run(of wanted: ArraySlice<WantedUpload>) -> ArraySlice<WantedUpload> {
        var (run, bytes) = (wanted.prefix(0), 0)
        for upload in wanted {
            if let last = run.last {
                guard run.count < mostTogether, bytes + upload.count <= mostBytesTogether,
                    upload.place.file == last.place.file, upload.place.offset == last.place.offset + last.count
                else { break }
            }
            bytes += upload.count
            run = wanted[wanted.startIndex...run.endIndex]
        }
        return run
    }

    /// The bytes of uploads that follow one another in a file; each begins with its ID.
    private func read(_ run: ArraySlice<WantedUpload>) throws(StoreError) -> [ArraySlice<UInt8>] {
        guard let place = run.first?.place else { return [] }
        let (file, count) = (try file(place.file), run.reduce(0) { $0 + $1.count })
        let bytes: [UInt8]
        do throws(StoreError) { bytes = try file.read(count, at: place.offset) } catch {
            // Which of them is not there shows when each is read by itself.
            guard case .damaged = error, run.count > 1 else { throw error }
            var bodies: [ArraySlice<UInt8>] = []
            for index in run.indices { bodies += try read(run[index...index]) }
            return bodies
        }
        let parts = run.map { $0.place.offset - place.offset..<$0.place.offset - place.offset + $0.count }
        for ((upload, part), digest) in zip(zip(run, parts), DamageDigest.of(parts, in: bytes)) {
            guard bytes[part].starts(with: upload.id.bytes), upload.digest.map({ $0 == digest }) ?? true else {
                throw .damaged("an upload in \(path(place.file)), at byte \(upload.place.offset)")
            }
        }
        return parts.map { bytes[$0] }
    }

    /// The first upload of each task that was found not to be as it was written, by the task's row: it was acknowledged, and
    /// nobody has it any more.
    var damages: [Int64: StoreError] { state.withLock { $0.damages } }

    private func file(_ number: Int64) throws(StoreError) -> UploadFile {
        if let file = state.withLock({ $0.opened[number] }) { return file }
        let file = try UploadFile(opening: path(number), number: number)
        state.withLock { state in
            if state.opened.count >= Self.mostOpened { state.opened = [:] }
            state.opened[number] = file
        }
        return file
    }

    /// Sees that the files have all of their bytes.
    ///
    /// - Parameter ends: where the last body ends that a row names, by file.
    func check(_ ends: [Int64: Int]) throws(StoreError) {
        for (number, end) in ends.sorted(by: { $0.key < $1.key }) {
            let size: Int
            do { size = try file(number).size } catch {
                guard case .damaged(let what) = error else { throw error }
                throw .incomplete(what)
            }
            guard size >= end else {
                throw .incomplete("\(path(number)) has \(size) bytes, and \(end) were acknowledged")
            }
        }
    }

    /// The files of which `ends` does not speak, but for those without a byte.
    func unknown(beside ends: [Int64: Int]) -> [String] {
        Self.numbers(in: folder).filter { ends[$0] == nil }.map(path).filter { FileIdentity.size($0) > 0 }
    }

    /// Removes what a crash left behind: files that no row names.
    ///
    /// Only where the database is as far as its mark: it then knows every upload that was ever acknowledged, so the bytes
    /// of these files never were, or were erased by a commit.
    func removeUnknown(beside ends: [Int64: Int]) {
        remove(Self.numbers(in: folder).filter { ends[$0] == nil })
    }

    /// Whether the files that uploads go to have their names still.
    var isInPlace: Bool {
        for (task, current) in state.withLock({ $0.current })
        where FileIdentity(path(current.file.number)) != current.file.identity {
            // The writer lets go of a file before it removes it.
            if state.withLock({ $0.current[task]?.file === current.file }) { return false }
        }
        return true
    }

    /// Closes the files.
    func close() {
        state.withLock { state in
            state.current = [:]
            state.opened = [:]
        }
    }
}

/// Where an upload's bytes begin: one number that grows with every upload.
struct UploadPlace: Sendable {
    static let offsetBits = 36

    let rawValue: Int64

    init(rawValue: Int64) { self.rawValue = rawValue }

    init(file: Int64, offset: Int) { rawValue = file << Self.offsetBits | Int64(offset) }

    var file: Int64 { rawValue >> Self.offsetBits }
    var offset: Int { Int(rawValue & (1 << Self.offsetBits - 1)) }

    /// The numbers of all places in a file.
    static func range(of file: Int64) -> Range<Int64> { file << offsetBits..<(file + 1) << offsetBits }
}

/// An upload that is to be read.
struct WantedUpload {
    let place: UploadPlace
    let count: Int
    let id: ReportID
    /// The bytes' digest; nothing where an earlier version of Populus wrote them.
    let digest: UInt64?
}
