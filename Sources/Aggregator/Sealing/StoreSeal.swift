import Crypto
import PopulusDAP

/// What the secrets of an open store are sealed with: its data key, drawn once, and known to nobody but whoever has a seal key.
///
/// No data is sealed with the data key itself. Each column of each task has a key derived from it, and each segment.
package struct StoreSeal: Sendable {
    private let dataKey: SymmetricKey
    private let place: SealPlace
    /// The name of the seal key that opened it.
    package let keyID: String

    private init(_ dataKey: SymmetricKey, _ place: SealPlace, keyID: String) {
        (self.dataKey, self.place, self.keyID) = (dataKey, place, keyID)
    }

    /// Draws a data key for a store.
    ///
    /// - Parameter state: ``SealRecord/State/sealed`` for one that has no secret yet.
    package static func draw(
        for place: SealPlace, by keys: SealKeys, _ state: SealRecord.State = .sealed
    ) -> (seal: StoreSeal, record: SealRecord) {
        let dataKey = SymmetricKey(size: .bits256)
        let seal = StoreSeal(dataKey, place, keyID: keys.first.id)
        return (seal, SealRecord(dataKey, state, by: keys.first, in: place))
    }

    /// Opens what a store notes, in whatever state.
    ///
    /// - Throws: `StoreError.seal`.
    package init(_ record: SealRecord, opening keys: SealKeys?, in place: SealPlace) throws(StoreError) {
        self.init(try record.open(with: keys, in: place), place, keyID: record.keyID)
    }

    /// What a server works with, so that a store is neither read without its key nor taken for sealed where it is not.
    ///
    /// - Parameters:
    ///   - text: what the store notes, if it notes anything.
    ///   - keys: those that its operator gives, if any.
    /// - Returns: nothing where the store is not sealed, and no key was given.
    /// - Throws: `StoreError.seal`.
    package static func admit(
        _ text: String?, keys: SealKeys?, in place: SealPlace
    ) throws(StoreError) -> StoreSeal? {
        guard let text else {
            guard keys == nil else { throw .seal(.unsealed) }
            return nil
        }
        let record = try SealRecord(text)
        let seal = try StoreSeal(record, opening: keys, in: place)
        guard record.state == .sealed else { throw .seal(.unfinished) }
        return seal
    }

    /// The same data key under the first of some seal keys.
    package func record(by keys: SealKeys, _ state: SealRecord.State = .sealed) -> SealRecord {
        SealRecord(dataKey, state, by: keys.first, in: place)
    }

    /// What a task's columns and segments are sealed with.
    package func task(_ id: TaskID) -> TaskSeal {
        TaskSeal { use in
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: dataKey, salt: id.bytes, info: Array("populus store 1 \(use)".utf8),
                outputByteCount: 32)
        }
    }

    /// What the processes of a role show each other: it follows from what the store keeps, and no one else can tell it.
    package func replicaSecret(_ stored: [UInt8]) -> [UInt8] {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: dataKey, salt: stored, info: Array("populus replica secret 1".utf8), outputByteCount: 32
        ).withUnsafeBytes { [UInt8]($0) }
    }
}

extension StoreSeal: CustomStringConvertible, CustomReflectable {
    package var description: String { "StoreSeal(\(keyID))" }
    package var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}
