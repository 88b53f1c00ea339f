import Crypto
import PopulusDAP
import PrefixWalk

/// What the secrets of one task are sealed with, in the tables and beside them.
///
/// AES-256-GCM with random nonces: nonce, sealed bytes, tag. Random nonces are good for 2^32 writes under one key, and each column
/// of each task has a key of its own. What is sealed is bound to its task and column by the key, and to its row by what
/// is authenticated: brought anywhere else it does not open. Nothing stays nothing, since columns are emptied to erase them, and
/// queries ask whether they are empty.
package struct TaskSeal: Sendable {
    /// Columns that are sealed, by table and name.
    package enum Column: String, Sendable, CaseIterable {
        case noiseKey = "task.noise_key"
        case secret = "task_secret.secret"
        case sum = "job.sum"
        case request = "job.request"
        case continueRequest = "job.continue_request"
        case response = "job.response"
        case share = "batch_bucket.share"
    }

    private let keys: [Column: SymmetricKey]
    private let segments: SymmetricKey
    private let noise: SymmetricKey

    /// - Parameter derive: a key for a use that has this name.
    init(_ derive: (String) -> SymmetricKey) {
        keys = Dictionary(uniqueKeysWithValues: Column.allCases.map { ($0, derive("column \($0.rawValue)")) })
        segments = derive("segments")
        noise = derive("noise")
    }

    /// Seals a value.
    func seal(_ bytes: [UInt8], at cell: SealedCell) throws(StoreError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        // It never fails: keys have 32 bytes, and values are shorter than 64 GiB.
        guard let key = keys[cell.column],
            let box = try? AES.GCM.seal(bytes, using: key, authenticating: cell.row).combined
        else { throw .damaged("\(cell.column.rawValue) cannot be sealed") }
        return [UInt8](box)
    }

    /// Opens a value.
    ///
    /// - Throws: `StoreError.damaged` where it was not sealed at this very place, or is not as it was.
    func open(_ bytes: [UInt8], at cell: SealedCell) throws(StoreError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        guard let key = keys[cell.column], let box = try? AES.GCM.SealedBox(combined: bytes),
            let opened = try? AES.GCM.open(box, using: key, authenticating: cell.row)
        else { throw .damaged("\(cell.column.rawValue) does not open: it is not what was sealed there") }
        return [UInt8](opened)
    }

    /// What a segment's columns are sealed with.
    ///
    /// - Parameter row: of its job.
    package func segmentKey(job row: Int64) -> SegmentKey {
        SegmentKey(
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: segments, info: Array("populus segment of job \(row)".utf8), outputByteCount: 32))
    }

    /// The noise key, of what the store keeps: 32 bytes that were drawn with the task, from which it follows; or, where the store
    /// was sealed later, the key itself, sealed, since another one would draw other noise for the same sum (rule 9).
    func noiseKey(stored: [UInt8]) throws(StoreError) -> [UInt8] {
        guard stored.count == Self.drawnCount else { return try open(stored, at: .noiseKey) }
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: noise, salt: stored, info: Array("populus noise key 1".utf8), outputByteCount: 32
        ).withUnsafeBytes { [UInt8]($0) }
    }

    private static let drawnCount = 32

    /// How many bytes a store may keep of a noise key.
    package static let noiseKeyCounts = [drawnCount, 12 + drawnCount + 16]
}

extension TaskSeal: CustomStringConvertible, CustomReflectable {
    package var description: String { "TaskSeal" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where a store that is not sealed keeps values as they are.
extension TaskSeal? {
    /// The value as it is kept.
    package func sealing(_ bytes: [UInt8], at cell: SealedCell) throws(StoreError) -> [UInt8] {
        guard let self else { return bytes }
        return try self.seal(bytes, at: cell)
    }

    /// The value as it was before.
    package func opening(_ bytes: [UInt8], at cell: SealedCell) throws(StoreError) -> [UInt8] {
        guard let self else { return bytes }
        return try self.open(bytes, at: cell)
    }

    /// The noise key, of what the store keeps.
    package func noiseKey(stored: [UInt8]) throws(StoreError) -> [UInt8] {
        guard let self else { return stored }
        return try self.noiseKey(stored: stored)
    }
}
