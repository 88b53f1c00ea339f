import Crypto
import Foundation
import PopulusDurableFiles

/// What an upload needs to go on after an interruption without a report counting twice.
///
/// The report of line *n* has the same ID in every run: it is derived from the journal's random key and *n*. Whatever
/// was sent before the interruption and is sent again, the Leader knows by its ID and counts once. So the journal holds
/// neither strings nor shares, only how far everything is acknowledged, and it is durable before the first report leaves.
///
/// An upload that has come to its end leaves its journal as a note of that, so that to go on with it does nothing. The note
/// has a digest of the input: who can guess the whole input can check the guess.
///
/// A report that is made again has fresh shares under the same ID. The Leader keeps one of the two; each by itself hides
/// the string as any report does.
package struct UploadJournal: Hashable, Sendable, Codable {
    /// The journal's format; anything else is refused.
    package private(set) var format = "populus-upload-1"
    /// The task, as its ID is written in URLs.
    package let task: String
    /// The input's absolute path, or `-`.
    package let input: String
    /// 32 random bytes.
    private var key: Data
    /// The progress up to a line with which everything before it is settled.
    package var settled = Progress()
    /// When the upload came to its end, in seconds since the Epoch; nil while it has not.
    package private(set) var finished: UInt64?
    /// Whether NUL bytes end the lines; nil, as earlier versions write it, if they do not.
    private var nul: Bool?
    /// The options that say what a line becomes, in words; nil, as earlier versions write it, if there are none.
    private var lines: String?

    /// How far an upload has come.
    package struct Progress: Hashable, Sendable, Codable {
        /// Lines read, empty ones included.
        package var lines = 0
        /// Bytes read.
        package var bytes = 0
        /// SHA-256 of the input up to that line's end.
        package var digest = ""
        /// What became of the lines.
        package var tally = UploadTally()

        package init() {}
    }

    /// A new journal with a random key.
    ///
    /// - Parameter lineOptions: the options that say what a line becomes, in words; empty if there are none.
    package init(
        task: String, input: String, separator: InputForm.Separator = .newline, lineOptions: String = ""
    ) {
        self.task = task
        self.input = input
        key = Self.newKey()
        nul = separator == .nul ? true : nil
        lines = lineOptions.isEmpty ? nil : lineOptions
    }

    private static func newKey() -> Data { SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) } }

    /// What ends the lines that it counts.
    package var separator: InputForm.Separator { nul == true ? .nul : .newline }

    /// The options that say what a line becomes, in words; empty if there are none.
    ///
    /// A line keeps its report's ID in every run, so it keeps its meaning too.
    package var lineOptions: String { lines ?? "" }

    /// Makes of it the note of an upload that has come to its end.
    ///
    /// The reports' IDs cannot be found from the note: their key goes.
    package mutating func finish(at seconds: UInt64) {
        finished = seconds
        key = Self.newKey()
    }

    /// Begins to upload what was added to the input of an upload that had come to its end.
    package mutating func reopen() {
        finished = nil
        settled.tally = UploadTally()
    }

    /// The 16 bytes of the ID of the report that line `number` becomes.
    package func reportID(line number: Int) -> [UInt8] {
        let message = withUnsafeBytes(of: UInt64(number).bigEndian) { Array("populus report".utf8) + Array($0) }
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)).prefix(16))
    }

    /// The most bytes of a journal's file.
    private static let longestFile = 1 << 16

    /// Reads a journal from its file; nil if there is no file of that name.
    ///
    /// - Throws: `foreign` for whatever is there and was not made as a journal: a link too.
    package init?(path: String) throws(UploadJournalError) {
        let bytes: [UInt8]?
        do throws(DurableFileError) {
            let file = try OpenFile(path, for: .readingNoLink)
            let status = try file.status
            let fits = status.kind == .file && status.size <= Self.longestFile
            bytes = fits ? try file.read(status.size, at: 0) : nil
        } catch {
            switch error.cause {
            case .missing: return nil
            case .link: throw .foreign(path: path)
            default: throw .unreadable(path: path, reason: error.reason)
            }
        }
        // What is no JSON of this form is no journal, whatever is wrong with it.
        guard let bytes, let journal = try? JSONDecoder().decode(UploadJournal.self, from: Data(bytes)),
            journal.format == UploadJournal(task: "", input: "").format, journal.key.count == 32,
            journal.settled.lines >= 0
        else { throw .foreign(path: path) }
        self = journal
    }

    /// The bytes of the file.
    package func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Text, numbers and bytes always have a JSON form; an upload whose journal was left out would count lines twice.
        do {
            return [UInt8](try encoder.encode(self))
        } catch {
            preconditionFailure("a journal has no JSON form: \(error)")
        }
    }
}

/// What became of the lines of an input.
package struct UploadTally: Hashable, Sendable {
    /// Reports that the Leader has.
    package var accepted = 0
    /// Those of them that are the code word for other strings.
    package var other = 0
    /// Lines that were left out: the task cannot take them.
    package var unencodable = 0
    /// Reports that the Leader refused.
    package var refused = 0
    /// Empty lines.
    package var empty = 0

    package init() {}

    /// Counts a report that the Leader has.
    mutating func accept(isOther: Bool) {
        accepted += 1
        if isOther { other += 1 }
    }

    package static func += (tally: inout UploadTally, more: UploadTally) {
        tally.accepted += more.accepted
        tally.other += more.other
        tally.unencodable += more.unencodable
        tally.refused += more.refused
        tally.empty += more.empty
    }
}

extension UploadTally: Codable {
    private enum CodingKeys: String, CodingKey {
        case accepted, other, unencodable, refused, empty
    }

    /// Journals of earlier versions know nothing of other strings.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        accepted = try values.decode(Int.self, forKey: .accepted)
        other = try values.decodeIfPresent(Int.self, forKey: .other) ?? 0
        unencodable = try values.decode(Int.self, forKey: .unencodable)
        refused = try values.decode(Int.self, forKey: .refused)
        empty = try values.decode(Int.self, forKey: .empty)
    }
}

/// Why a journal cannot be used.
package enum UploadJournalError: Error, Hashable, Sendable {
    /// The system's reason.
    case unreadable(path: String, reason: String)
    /// What is there is no journal.
    case foreign(path: String)
}
