import Foundation
import PopulusDAP

/// The time of a task's reports, where the task bounds it, against this machine's clock.
///
/// What cannot succeed is not asked: the commands say when the task begins, or that it has ended.
struct TaskTime {
    /// In seconds since the Epoch; `end` is the first second after it.
    private let start: UInt64
    private let end: UInt64
    private let now: UInt64

    /// Nothing for a task that takes reports of any time.
    init?(_ task: TaskConfiguration, now: UInt64 = UInt64(Date().timeIntervalSince1970)) {
        // Where it was made it was checked that the interval decodes.
        guard let interval = (try? task.taskInterval) ?? nil else { return nil }
        start = interval.start.secondsSinceEpoch(precision: task.timePrecision)
        end = interval.end.map { $0.secondsSinceEpoch(precision: task.timePrecision) } ?? .max
        self.now = now
    }

    /// The task's time in words.
    private var words: String { "it takes reports of \(Moment.text(start)) until \(Moment.text(end))" }

    private var notBegun: CommandFailure {
        CommandFailure(
            .temporary,
            "the task has not begun: \(words), and here it is \(Moment.text(now)); nothing was sent\n"
                + "run the same command again from then on")
    }

    /// Refuses an upload outside of the task's time: the Leader would refuse each report.
    func checkUpload() throws(CommandFailure) {
        if now < start { throw notBegun }
        guard now < end else {
            throw CommandFailure(
                .data, "the task has ended: \(words), and here it is \(Moment.text(now)); nothing was sent")
        }
    }

    /// Refuses a collection or a walk that can have no report.
    ///
    /// - Parameter note: says that an interval begins earlier than the task.
    func check(_ query: Query?, _ precision: TimePrecision, note: (String) -> Void) throws(CommandFailure) {
        if now < start { throw notBegun }
        guard case .timeInterval(let interval)? = query else { return }
        let since = interval.start.secondsSinceEpoch(precision: precision)
        let until = interval.end.map { $0.secondsSinceEpoch(precision: precision) } ?? .max
        guard until > start else {
            throw CommandFailure(.refused, "the interval ends before the task begins: \(words); nothing was asked")
        }
        guard since < end else {
            throw CommandFailure(.refused, "the interval begins after the task's end: \(words); nothing was asked")
        }
        if since < start { note("note: --since is earlier than the task: \(words)") }
    }

    /// Why no report can come any more; nothing while some can.
    var ended: String? {
        now < end ? nil : "the task has ended: \(words), and no more can come"
    }
}
