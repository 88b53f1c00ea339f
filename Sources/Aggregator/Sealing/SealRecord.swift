import Crypto
import PopulusDAP

/// What a sealed store notes of its seal: its data key, sealed with a seal key.
///
/// It is text, so that it stands in a table beside the store's version: `1 STATE KEY DATA`. So another seal key takes over by one
/// row, and nothing else is written anew.
package struct SealRecord: Sendable, Equatable {
    /// How far the store is.
    package enum State: String, Sendable {
        /// It is being sealed: what was there before may not be sealed yet.
        case sealing
        case sealed
    }

    package let state: State
    /// The name of the seal key.
    package let keyID: String
    /// Nonce, sealed data key and tag.
    let box: [UInt8]

    private init(state: State, keyID: String, box: [UInt8]) {
        (self.state, self.keyID, self.box) = (state, keyID, box)
    }

    /// Seals a data key.
    ///
    /// - Parameter place: the store, to which it is bound with its state.
    init(_ dataKey: SymmetricKey, _ state: State, by key: SealKey, in place: SealPlace) {
        let box = dataKey.withUnsafeBytes {
            try? AES.GCM.seal($0, using: key.wrapping, authenticating: Self.binding(state, place)).combined
        }
        // With keys of 32 bytes it never fails.
        guard let box else { preconditionFailure("a key of another length") }
        self.init(state: state, keyID: key.id, box: [UInt8](box))
    }

    /// The data key.
    ///
    /// - Throws: `StoreError.seal`.
    func open(with keys: SealKeys?, in place: SealPlace) throws(StoreError) -> SymmetricKey {
        guard let key = keys?.key(keyID) else {
            throw .seal(.locked(key: keyID, given: keys?.all.map(\.id) ?? []))
        }
        guard let sealed = try? AES.GCM.SealedBox(combined: box),
            let bytes = try? AES.GCM.open(sealed, using: key.wrapping, authenticating: Self.binding(state, place)),
            bytes.count == SealKey.count
        else { throw .seal(.foreign) }
        return SymmetricKey(data: bytes)
    }

    private static func binding(_ state: State, _ place: SealPlace) -> [UInt8] {
        Array("populus data key 1 \(state.rawValue) \(place.role) ".utf8) + place.database.bytes
    }

    /// As the store keeps it.
    package var text: String { "1 \(state.rawValue) \(keyID) \(Base64URL.encode(box))" }

    /// Reads what the store keeps.
    ///
    /// - Throws: `StoreError.seal`.
    package init(_ text: String) throws(StoreError) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, words[0] == "1", let state = State(rawValue: words[1]),
            let box = Base64URL.decode(words[3])
        else { throw .seal(.foreign) }
        self.init(state: state, keyID: words[2], box: box)
    }
}

/// The store that a seal belongs to.
package struct SealPlace: Sendable {
    /// What the file or database is known by.
    package let database: StoreID
    package let role: Role

    package init(_ database: StoreID, role: Role) { (self.database, self.role) = (database, role) }
}
