import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles

/// What a schedule must remember beside the results: where it began, what it has told, what it will not ask again.
///
/// It holds times only. That a batch was walked is known by the file of results too; here it stays known where that file
/// keeps results for a shorter time than batches are made up for.
package struct ScheduleState: Hashable, Sendable, Codable {
    /// The file's format.
    package private(set) var format = ScheduleState.currentFormat
    package let task: TaskID
    /// A batch's length in seconds.
    package let length: UInt64
    /// The start of the first batch, in seconds since the Epoch as all that follow.
    package var first: UInt64
    /// The starts of batches that have a result.
    package private(set) var walked: [UInt64] = []
    /// The starts of batches that are not asked again: their reports were used up without a result.
    package private(set) var passedOver: [UInt64] = []
    /// The starts of batches of which it was told that they have too few reports.
    package private(set) var toldTooFew: [UInt64] = []
    /// The starts of batches of which it was told that their walk stands still, or has come to nothing.
    package private(set) var toldFailed: [UInt64] = []
    /// Since when the Leader is away.
    package var awaySince: UInt64?
    /// Whether that is told: the moment is written down first, so that what a crash has told again is the same notice.
    package var awayIsTold = false

    static let currentFormat = "populus-schedule-1"

    package init(task: TaskID, length: UInt64, first: UInt64) {
        self.task = task
        self.length = length
        self.first = first
    }

    /// Whether nothing is asked about a batch any more.
    package func isSettled(_ batch: ResultFacts.Span) -> Bool {
        walked.contains(batch.start) || passedOver.contains(batch.start)
    }

    package func isToldTooFew(_ batch: ResultFacts.Span) -> Bool { toldTooFew.contains(batch.start) }

    package func isToldFailed(_ batch: ResultFacts.Span) -> Bool { toldFailed.contains(batch.start) }

    package mutating func noteWalked(_ batch: ResultFacts.Span) {
        if !walked.contains(batch.start) { walked.append(batch.start) }
        noteSettled(batch)
    }

    package mutating func notePassedOver(_ batch: ResultFacts.Span) {
        if !passedOver.contains(batch.start) { passedOver.append(batch.start) }
        noteSettled(batch)
    }

    package mutating func noteToldTooFew(_ batch: ResultFacts.Span) {
        if !toldTooFew.contains(batch.start) { toldTooFew.append(batch.start) }
    }

    package mutating func noteToldFailed(_ batch: ResultFacts.Span) {
        if !toldFailed.contains(batch.start) { toldFailed.append(batch.start) }
    }

    /// What was told of a batch matters no longer.
    private mutating func noteSettled(_ batch: ResultFacts.Span) {
        toldTooFew.removeAll { $0 == batch.start }
        toldFailed.removeAll { $0 == batch.start }
    }

    /// Forgets what is older than the batches that may still be asked.
    ///
    /// - Returns: how many batches were left behind that nobody asked about.
    package mutating func forget(before least: UInt64) -> UInt64 {
        guard least > first else { return 0 }
        let settled = Set(walked + passedOver).filter { (first..<least).contains($0) }.count
        let left = (least - first) / max(1, length)
        first = least
        walked.removeAll { $0 < least }
        passedOver.removeAll { $0 < least }
        toldTooFew.removeAll { $0 < least }
        toldFailed.removeAll { $0 < least }
        return left - min(left, UInt64(settled))
    }
}

extension ScheduleState {
    /// What a schedule's file holds.
    package enum Loaded: Hashable, Sendable {
        /// There is no file.
        case none
        case state(ScheduleState)
        /// There is a file, and it is none of this version.
        case damaged
    }

    /// The most bytes that are read of a file: some thousand batches take less.
    private static let longestFile = 1 << 20

    /// Reads a schedule's file.
    package static func load(_ path: String) -> Loaded {
        let bytes: [UInt8]?
        do throws(DurableFileError) { bytes = try DurableFile.read(path, limit: longestFile) } catch { return .damaged }
        guard let bytes, !bytes.isEmpty else { return .none }
        // What is no JSON of this form is no schedule, whatever is wrong with it.
        guard let state = try? JSONDecoder().decode(ScheduleState.self, from: Data(bytes)),
            state.format == currentFormat, state.length > 0
        else { return .damaged }
        return .state(state)
    }

    /// Writes the file and waits for the disk.
    package func save(to path: String) throws(DurableFileError) {
        let lists = [
            ("walked", walked), ("passedOver", passedOver), ("toldTooFew", toldTooFew), ("toldFailed", toldFailed),
        ].map { "\"\($0)\":[\($1.sorted().map { "\($0)" }.joined(separator: ","))]" }
        let text =
            "{\"format\":\"\(format)\",\"task\":\"\(task.base64URL)\",\"length\":\(length),\"first\":\(first),"
            + lists.joined(separator: ",") + (awaySince.map { ",\"awaySince\":\($0)" } ?? "")
            + ",\"awayIsTold\":\(awayIsTold)}\n"
        try DurableFile.write(Array(text.utf8), to: path, durable: true)
    }
}
