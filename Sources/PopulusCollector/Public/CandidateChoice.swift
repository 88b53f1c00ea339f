/// The strings that a collection counts, in a task of strings whose batches are collected.
///
/// The caller names what is counted, and no threshold holds: the result has the count of each. Whoever is to find strings
/// that nobody has named makes a task whose batches are discovered.
public struct CandidateChoice: Hashable, Sendable {
    let kind: CandidateList.Kind
    let values: [[UInt8]]

    /// Whole strings, each once.
    public static func strings(_ values: [String]) -> CandidateChoice {
        CandidateChoice(kind: .strings, values: values.map { Array($0.utf8) })
    }

    /// Whole strings as bytes, each once.
    public static func strings(_ values: [[UInt8]]) -> CandidateChoice {
        CandidateChoice(kind: .strings, values: values)
    }

    /// Beginnings of strings, all of one length.
    public static func beginnings(_ values: [[UInt8]]) -> CandidateChoice {
        CandidateChoice(kind: .beginnings, values: values)
    }
}
