/// The encodings that there are.
///
/// People choose one by a word (`url`); a task has its newest version (`url-1`), so that paths of another version are
/// never mistaken for this one's. An encoding whose paths depend on the task is made with the task's ID. Where a group comes
/// before each string the name says so: `group-1+url-1` (``GroupedEncoding``).
package enum StringEncodings {
    /// One encoding: what people say, the versions that this program knows, the newest last, and how it is made.
    private struct Entry {
        let choice: String
        let names: [String]
        let make: @Sendable (_ name: String, _ taskID: [UInt8]) -> any StringEncoding
    }

    private static let entries: [Entry] = [
        Entry(choice: "bytes", names: ["bytes"]) { _, _ in BytesEncoding() },
        Entry(choice: "hex", names: ["hex"]) { _, _ in HexEncoding() },
        Entry(choice: "url", names: ["url-1"]) { _, _ in URLEncoding() },
        Entry(choice: "hash", names: ["hash-1"]) { _, taskID in HashEncoding(taskID: taskID) },
    ]

    /// What people say: `bytes`, `hex`, `url`, `hash`.
    package static let choices: [String] = entries.map(\.choice)

    /// Every name that a task may have, of every version that this program knows.
    package static let names: [String] = entries.flatMap(\.names)

    /// The name that new tasks get for a choice; nil for what is none.
    ///
    /// - Parameter grouped: whether a group comes before each string.
    package static func newestName(of choice: String, grouped: Bool = false) -> String? {
        entries.first { $0.choice == choice }?.names.last.map { (grouped ? GroupedEncoding.prefix : "") + $0 }
    }

    /// The encoding that a task names, if this program knows it in that version.
    ///
    /// - Parameter taskID: the bytes of the task's ID, on which a hash depends.
    package static func encoding(named name: String, taskID: [UInt8]) -> (any StringEncoding)? {
        if name.hasPrefix(GroupedEncoding.prefix) {
            let strings = String(name.dropFirst(GroupedEncoding.prefix.count))
            return entry(strings).flatMap { GroupedEncoding($0.make(strings, taskID)) }
        }
        return entry(name)?.make(name, taskID)
    }

    private static func entry(_ name: String) -> Entry? { entries.first { $0.names.contains(name) } }

    /// Whether the values of an encoding have groups.
    package static func isGrouped(_ name: String) -> Bool { name.hasPrefix(GroupedEncoding.prefix) }

    /// Whether strings are hashes, with or without a group before them; a hash depends on the task.
    package static func isOfHashes(_ name: String) -> Bool {
        encoding(named: name, taskID: []).map { hashes(of: $0) != nil } ?? false
    }

    /// The encoding of the hashes of an encoding, which may have groups before them; nil where its strings are none.
    package static func hashes(of encoding: any StringEncoding) -> HashEncoding? {
        (encoding as? GroupedEncoding)?.strings as? HashEncoding ?? encoding as? HashEncoding
    }

    /// The bits that such hashes have in a task of so many.
    package static func hashBits(of encoding: any StringEncoding, bits: Int) -> Int {
        (encoding as? GroupedEncoding)?.fixedBits ?? bits
    }
}
