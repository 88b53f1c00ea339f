/// The encodings that there are.
///
/// People choose one by a word (`url`); a task has its newest version (`url-1`), so that paths of another version are
/// never mistaken for this one's. An encoding whose paths depend on the task is made with the task's ID.
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
    package static func newestName(of choice: String) -> String? {
        entries.first { $0.choice == choice }?.names.last
    }

    /// The encoding that a task names, if this program knows it in that version.
    ///
    /// - Parameter taskID: the bytes of the task's ID, on which a hash depends.
    package static func encoding(named name: String, taskID: [UInt8]) -> (any StringEncoding)? {
        entries.first { $0.names.contains(name) }?.make(name, taskID)
    }
}
