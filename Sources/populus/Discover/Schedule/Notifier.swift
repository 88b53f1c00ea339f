import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import Results
import Schedule

/// Tells whoever wants to know what comes of a schedule's batches.
///
/// What it tells is on the disk before it returns, and leaves in the background. Nothing of it ends a schedule: what goes
/// wrong is said, and the walks go on.
struct Notifier: Sendable {
    private let store: ResultsStore
    private let task: TaskID
    private let leastBatch: UInt64
    private let book: RuleBook
    private let tellsValues: Bool
    private let outbox: NoticeOutbox
    private let delivery: NoticeDelivery
    private let display: ProgressDisplay

    /// Nothing where nobody is to be told.
    init?(
        _ options: ScheduleOptions, _ recorder: ResultsRecorder, leastBatch: UInt64, folder: String,
        _ display: ProgressDisplay
    ) throws(CommandFailure) {
        let carrier: any NoticeCarrier
        if let address = options.notify, let keyFile = options.notifyKey {
            carrier = WebhookCarrier(address, key: try NoticeKey(file: keyFile))
        } else if let program = options.notifyCommand {
            guard FileManager.default.isExecutableFile(atPath: program) else {
                throw CommandFailure(.noInput, "\(program): there is no such program (give its path)")
            }
            carrier = ProgramCarrier(program)
        } else {
            return nil
        }
        store = recorder.store
        task = recorder.task.id
        self.leastBatch = leastBatch
        book = RuleBook(options.notifyWhen)
        tellsValues = options.notifyValues
        outbox = NoticeOutbox(folder: folder)
        self.display = display
        delivery = NoticeDelivery(outbox, by: carrier) { display.error($0) }
    }

    /// Delivers what waits from earlier.
    func wake() { delivery.wake() }

    /// Waits for a time until everything is delivered.
    func finish(within limit: Duration) async {
        let left = await delivery.finish(within: limit)
        if left > 0 { display.line("\(counted(left, "notice")) will be delivered by the next run") }
    }

    // MARK: What is told

    /// A walk that has a result, and is kept.
    func tell(walk id: WalkID, of batch: ResultFacts.Span) {
        attempt {
            // One that could not be kept is said elsewhere.
            guard let walk = try store.walk(id, of: task) else { return }
            let before = try earlier(than: batch)
            let previous = try before.last.flatMap { try store.walk($0.walk, of: task) }
            let findings = book.findings(
                of: walk, after: previous, usual: RuleBook.usual(before.map(\.reports)))
            guard !findings.isEmpty else { return }
            var notice = Notice(.walk, task: task, batch: batch, time: now)
            (notice.walk, notice.comparedWith, notice.findings) = (id, previous?.head.walk, findings)
            (notice.reports, notice.strings) = (walk.head.reports, walk.head.stringCount)
            notice.isGrouped = walk.head.task.isGrouped
            try put(notice)
        }
    }

    /// A walk that has no result, or a batch that has no walk.
    func tell(failed batch: ResultFacts.Span, _ failure: WalkFailure, walk: WalkID?) {
        attempt {
            guard !book.findingsOfAFailure.isEmpty else { return }
            var notice = Notice(.failed, task: task, batch: batch, time: now)
            (notice.walk, notice.findings, notice.failure) = (walk, book.findingsOfAFailure, failure.kind.rawValue)
            try put(notice)
        }
    }

    func tell(tooFew batch: ResultFacts.Span) {
        attempt {
            let usual = RuleBook.usual(try earlier(than: batch).map(\.reports))
            let findings = book.findings(ofFewerThan: leastBatch, usual: usual)
            guard !findings.isEmpty else { return }
            var notice = Notice(.tooFewReports, task: task, batch: batch, time: now)
            notice.findings = findings
            try put(notice)
        }
    }

    func tell(leaderAway isAway: Bool, since: UInt64) {
        attempt {
            var notice = Notice(isAway ? .leaderAway : .leaderBack, task: task, time: now)
            notice.since = since
            try put(notice)
        }
    }

    /// The walks with a result of earlier batches of the same length, in the order of the batches.
    private func earlier(than batch: ResultFacts.Span) throws(ResultsError) -> [WalkHead] {
        try store.heads(of: task).filter { head in
            guard let asked = head.asked, !head.ending.isFailure else { return false }
            return asked.end <= batch.start && asked.end - asked.start == batch.end - batch.start
        }.sorted { ($0.asked?.start ?? 0) < ($1.asked?.start ?? 0) }
    }

    private func put(_ notice: Notice) throws(DurableFileError) {
        try outbox.put(id: notice.id, time: notice.time, body: Array(notice.json(values: tellsValues).utf8))
        delivery.wake()
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { display.error("a notice cannot be made: \(error)") }
    }

    private var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970)) }
}
