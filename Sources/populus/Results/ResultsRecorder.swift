import Foundation
import PopulusCollector
import PopulusEvents
import Results
import Synchronization

/// Records one task's results, and deletes those that are no longer to be kept.
struct ResultsRecorder: Sendable {
    let store: ResultsStore
    let task: KeptTask
    /// As it was given.
    let path: String
    let retention: Retention?
    let display: ProgressDisplay

    func record(_ record: WalkRecord) throws(CommandFailure) {
        try failing { () throws(ResultsError) in
            try keep { () throws(ResultsError) in try store.record(record, of: task) }
        }
    }

    func record(_ record: BatchRecord) throws(ResultsError) {
        try keep { () throws(ResultsError) in try store.record(record, of: task) }
    }

    /// A walk that ended, or stands still, without a result.
    func record(
        _ failure: WalkFailure, of state: DiscoveryState, _ walked: DiscoveryTask
    ) throws(CommandFailure) {
        try failing { () throws(ResultsError) in
            let walk = try KeptWalk(
                failure, of: state, task: walked, kept: task, version: Version.number, ended: Self.now)
            try keep { () throws(ResultsError) in try store.record(walk) }
        }
    }

    private func keep(_ body: () throws(ResultsError) -> Recording) throws(ResultsError) {
        guard let error = try store.keep(retention, of: task.id, now: Self.now, body) else { return }
        display.error("note: \(path): older results could not be deleted: \(error); the next run does that")
    }

    private func failing(_ body: () throws(ResultsError) -> Void) throws(CommandFailure) {
        do throws(ResultsError) { try body() } catch { throw CommandFailure(error, path) }
    }

    private static var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970)) }
}

/// Records a walk: its result, or that it has none.
final class WalkRecorder: EventListener {
    private let recorder: ResultsRecorder
    private let task: DiscoveryTask
    private let statePath: String
    private let display: ProgressDisplay
    private let caught = Mutex<CommandFailure?>(nil)

    init(_ recorder: ResultsRecorder, _ task: DiscoveryTask, statePath: String, _ display: ProgressDisplay) {
        (self.recorder, self.task, self.statePath, self.display) = (recorder, task, statePath, display)
    }

    /// Why the result is not recorded; nothing if it is.
    var failure: CommandFailure? { caught.withLock { $0 } }

    func hear(_ event: WalkEvent) {
        switch event {
        case .finished(let record):
            do throws(CommandFailure) {
                try recorder.record(record)
            } catch {
                caught.withLock { $0 = error }
            }
        case .failed(let error):
            // Before the first answer there is no walk to speak of.
            guard case .state(let state) = DiscoveryState.load(statePath), !state.steps.isEmpty, state.result == nil
            else { return }
            do throws(CommandFailure) {
                try recorder.record(WalkFailure(of: error), of: state, task)
            } catch let failure {
                display.error("that the walk has no result is not in the file of results: \(failure.message)")
            }
        default: break
        }
    }
}

/// Records a collection's result.
final class BatchRecorder: EventListener {
    private let recorder: ResultsRecorder
    private let caught = Mutex<ResultsError?>(nil)

    init(_ recorder: ResultsRecorder) {
        self.recorder = recorder
    }

    /// Why the result is not recorded; nothing if it is.
    var failure: CommandFailure? { caught.withLock { $0 }.map { CommandFailure($0, recorder.path) } }

    /// Whether it would be refused again, however often it is collected.
    var isRefusedForGood: Bool { caught.withLock { $0 }?.isForGood ?? false }

    func hear(_ event: BatchEvent) {
        guard case .finished(let record) = event else { return }
        do throws(ResultsError) {
            try recorder.record(record)
        } catch {
            caught.withLock { $0 = error }
        }
    }
}
