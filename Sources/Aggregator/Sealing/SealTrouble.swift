/// Why a store cannot be worked with, where it is about its seal.
package enum SealTrouble: Sendable, Equatable {
    /// It is sealed with a key that was not given: its name, and those of the keys that were.
    case locked(key: String, given: [String])
    /// A key was given, and the store is not sealed.
    case unsealed
    /// It is to be sealed, and is already, with a key of this name.
    case sealed(key: String)
    /// Sealing it was begun and not finished.
    case unfinished
    /// What it notes of its seal is damaged, or was brought here from another store.
    case foreign
    /// It has a file of an earlier version beside it, which is not sealed: which.
    case earlier(String)
}

extension SealTrouble: CustomStringConvertible {
    /// What is wrong, and what would be right; how it is done is for whoever has a command for it.
    package var description: String {
        switch self {
        case .locked(let key, let given):
            "the store is sealed with the seal key \(key), and "
                + (given.isEmpty ? "no seal key was given" : "only \(given.joined(separator: ", ")) was given")
                + ": give that key. Without it nothing that is sealed can ever be read again"
        case .unsealed:
            "a seal key was given, and the store is not sealed: nothing in it is protected by the key. Seal it first, or give no "
                + "key"
        case .sealed(let key):
            "the store is sealed already, with the seal key \(key): it is to be resealed where another key shall seal it"
        case .unfinished:
            "sealing this store was begun and not finished: finish that first, with the same command and key"
        case .foreign:
            "what the store notes of its seal is not what was noted in this very store: it is damaged, or was brought here from "
                + "another one. It was left as it is"
        case .earlier(let path):
            "\(path) is of an earlier version of Populus, and not sealed: have a server without a seal key bring it over first, "
                + "and seal the store then"
        }
    }
}
