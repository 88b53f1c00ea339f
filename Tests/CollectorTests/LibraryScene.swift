import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusTaskFiles
import Synchronization

/// Jobs of a Leader that lets a question wait until its asker is cancelled, or refuses it.
final class GatedJobs: CollectionJobs {
    struct State {
        /// The question that has no answer, counted from 0 over all runs.
        var waitsAt: Int?
        /// What every question is refused with.
        var refusal: CollectorError?
        fileprivate(set) var asked = 0
    }

    let state = Mutex(State())
    private let jobs: any CollectionJobs

    init(_ jobs: any CollectionJobs) {
        self.jobs = jobs
    }

    func create(_ request: [UInt8]) async throws(CollectorError) -> CreatedJob {
        let (waits, refusal) = state.withLock { state in
            defer { state.asked += 1 }
            return (state.asked == state.waitsAt, state.refusal)
        }
        if let refusal { throw refusal }
        if waits {
            do { try await Task.sleep(for: .seconds(3600)) } catch { throw .interrupted }
        }
        return try await jobs.create(request)
    }

    func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8] { try await jobs.result(of: job) }

    func rejections(of job: CollectionJobID) async -> [RejectedReports]? { await jobs.rejections(of: job) }

    func delete(_ job: CollectionJobID) async throws(CollectorError) { try await jobs.delete(job) }
}

/// A folder with the files of a task, as its maker writes them.
struct TaskFolder {
    let path = FileManager.default.temporaryDirectory.path + "/library-\(UUID().uuidString)"
    let file: TaskFile
    let secrets: TaskFile.CollectorSecrets

    init(_ configuration: TaskConfiguration, encoding: String?) throws {
        try TaskFileSet(configuration: configuration, encoding: encoding).write(to: path, replacing: false)
        file = try TaskFile(readingFrom: path + "/collector.json", as: .collector)
        guard case .collector(let secrets) = file.secrets else { throw CollectorError.notAWalkTask }
        self.secrets = secrets
    }

    /// The Collector's file.
    var collector: String { path + "/collector.json" }

    func cleanUp() { try? FileManager.default.removeItem(atPath: path) }
}

/// A task of walks in a folder, and a Leader behind it.
struct DiscoveryScene {
    let folder: TaskFolder
    let leader: FakeLeader
    let gate: GatedJobs
    let task: CollectorTask

    init(_ sample: DiscoveryTask, strings: [[UInt8]]) throws {
        folder = try TaskFolder(sample.configuration, encoding: "bytes")
        let task = try DiscoveryTask(
            id: folder.file.taskID, configuration: folder.file.configuration, codePoints: folder.file.walkCodePoints,
            encoding: sample.encoding, keyPair: folder.secrets.hpkeKey)
        leader = FakeLeader(
            try PlaintextOracle(strings: strings, bits: task.bits, encoding: task.encoding), task)
        gate = GatedJobs(leader)
        self.task = try CollectorTask(file: folder.collector, jobs: gate)
    }

    /// What is kept of a walk.
    var kept: DiscoveryState.Loaded { DiscoveryState.load(folder.path + "/collector.walk.json") }

    /// The strings of a result, as the Leader's reports have them.
    func popular(_ votes: UInt64) -> [[UInt8]] { leader.oracle.popular(votes).map(\.value) }

    func cleanUp() { folder.cleanUp() }
}

/// A task whose batches are collected in a folder, and a Leader behind it.
struct CollectionScene {
    let folder: TaskFolder
    let leader: FakeBatchLeader
    let gate: GatedJobs
    let task: CollectorTask

    init(_ configuration: TaskConfiguration, encoding: String? = nil, numbers: [Int64], elementSize: Int) throws {
        folder = try TaskFolder(configuration, encoding: encoding)
        let task = try BatchTask(
            id: folder.file.taskID, configuration: configuration, codePoints: folder.file.walkCodePoints,
            keyPair: folder.secrets.hpkeKey)
        leader = FakeBatchLeader(task, numbers: numbers, elementSize: elementSize, reports: 9)
        gate = GatedJobs(leader)
        self.task = try CollectorTask(file: folder.collector, jobs: gate)
    }

    /// What is kept of a collection.
    var kept: BatchState.Loaded { BatchState.load(folder.path + "/collector.collection.json") }

    func cleanUp() { folder.cleanUp() }
}

extension DiscoveryRun {
    /// The failure that the run ends with; nothing where it has a result.
    func failure() async -> CollectorFailure? {
        do throws(CollectorFailure) {
            _ = try await result()
            return nil
        } catch {
            return error
        }
    }
}

extension CollectionRun {
    /// The failure that the run ends with; nothing where it has a result.
    func failure() async -> CollectorFailure? {
        do throws(CollectorFailure) {
            _ = try await result()
            return nil
        } catch {
            return error
        }
    }
}
