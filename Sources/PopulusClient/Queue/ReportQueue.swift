import PopulusDAP
import PopulusWireCodec

/// Sealed reports in the order in which they were accepted, a file each; and the state beside them.
///
/// A report's file is written once and removed once. Its ID is in its bytes, so whoever sends it twice sends the same ID.
struct ReportQueue {
    /// A report that waits.
    struct Entry: Hashable, Sendable {
        let number: UInt64
        /// Seconds since the Epoch.
        let accepted: UInt64
        let size: Int

        /// The number comes first, with zeros, so that names sort as reports came.
        var name: String {
            let digits = "\(number)"
            return String(repeating: "0", count: 20 - digits.count) + digits + "-\(accepted)-\(size)" + Self.ending
        }

        static let ending = ".report"
        /// No report is larger, so that nobody's sums overflow.
        static let greatestSize = 1 << 32

        init(number: UInt64, accepted: UInt64, size: Int) {
            self.number = number
            self.accepted = accepted
            self.size = size
        }

        /// Nil for a file that is no report.
        init?(name: String) {
            guard name.hasSuffix(Self.ending) else { return nil }
            let parts = name.dropLast(Self.ending.count).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, let number = UInt64(parts[0]), let accepted = UInt64(parts[1]),
                let size = Int(parts[2]), 0...Self.greatestSize ~= size, number < .max
            else { return nil }
            self.init(number: number, accepted: accepted, size: size)
        }
    }

    private let files: any QueueFiles
    private let step: @Sendable (QueueStep) -> Void
    private(set) var entries: [Entry]
    /// Let go, and still on the disk as far as anybody knows.
    private var leftovers: [Entry] = []
    private(set) var state: QueueState
    private var next: UInt64

    /// Opens what is there; a queue that was being erased is erased.
    init(_ files: any QueueFiles, step: @escaping @Sendable (QueueStep) -> Void) throws(QueueFileError) {
        let names = try files.open()
        do throws(QueueFileError) {
            state =
                try files.read(QueueState.name).map { bytes throws(QueueFileError) in
                    try QueueState(decoding: bytes)
                } ?? QueueState()
        } catch {
            files.close()
            throw error
        }
        self.files = files
        self.step = step
        entries = names.compactMap(Entry.init(name:)).sorted { $0.number < $1.number }
        next = (entries.last?.number ?? 0) + 1
        if state.isErasing { try erase() }
        step(.opened)
    }

    var bytes: Int { entries.reduce(0) { $0 + $1.size } }

    /// Adds a report; it is on the disk when this returns.
    mutating func add(_ report: [UInt8], accepted: Double) throws(QueueFileError) {
        let entry = Entry(number: next, accepted: UInt64(max(0, accepted)), size: report.count)
        next += 1
        do throws(QueueFileError) {
            try files.write(report, to: entry.name)
        } catch {
            // The name may be there all the same, where only the wait for the disk failed.
            removeFile(of: entry)
            throw error
        }
        entries.append(entry)
        step(.reportWritten)
    }

    /// A report's bytes and ID; nil where the file is none any more.
    func read(_ entry: Entry) throws(QueueFileError) -> (bytes: [UInt8], id: ReportID)? {
        guard let bytes = try files.read(entry.name), bytes.count == entry.size,
            let id = bytes.count > 16 ? ReportID(bytes: Array(bytes[..<16])) : nil
        else { return nil }
        return (bytes, id)
    }

    /// Lets go of a report, which is settled.
    ///
    /// Where its file cannot be removed it is not sent again by this client. The next one sends it once more, and hears that
    /// the Leader has it.
    mutating func remove(_ entry: Entry) {
        entries.removeAll { $0 == entry }
        removeFile(of: entry)
        step(.reportRemoved)
    }

    private mutating func removeFile(of entry: Entry) {
        do throws(QueueFileError) { try files.remove(entry.name) } catch { leftovers.append(entry) }
    }

    /// Replaces the state; it is on the disk when this returns.
    mutating func set(_ new: QueueState) throws(QueueFileError) {
        guard new != state else { return }
        try files.write(new.encoded(), to: QueueState.name)
        state = new
        step(.stateWritten)
    }

    /// Whether the reports that are here may go nowhere any more: `erase` has failed, and is to be called again.
    private(set) var isToBeErased = false

    /// Removes all reports.
    ///
    /// Where this ends in between, the next start goes on with it. A file that cannot be removed keeps no other one, nor does
    /// a disk that has no room for the mark.
    mutating func erase() throws(QueueFileError) {
        guard !entries.isEmpty || !leftovers.isEmpty || state.isErasing else { return }
        isToBeErased = true
        var mark = state
        mark.isErasing = true
        // Without the mark the next start does not know; that matters only where a removal fails as well.
        _ = try? set(mark)
        step(.erasing)
        var failure: QueueFileError?
        func stays(_ entry: Entry) -> Bool {
            do throws(QueueFileError) { try files.remove(entry.name) } catch {
                failure = error
                return true
            }
            return false
        }
        entries = entries.filter(stays)
        leftovers = leftovers.filter(stays)
        if let failure { throw failure }
        mark.isErasing = false
        try set(mark)
        isToBeErased = false
        step(.erased)
    }

    // MARK: Keys

    private static let keysName = "keys"

    /// The keys that an earlier start kept; what cannot be read is fetched again.
    func keptKeys() -> [UInt8]? { (try? files.read(Self.keysName)) ?? nil }

    /// Keeps keys for the next start, or none.
    ///
    /// Where that fails they are fetched again.
    func keep(keys: [UInt8]?) {
        if let keys {
            _ = try? files.write(keys, to: Self.keysName)
        } else {
            _ = try? files.remove(Self.keysName)
        }
    }

    func close() { files.close() }
}
