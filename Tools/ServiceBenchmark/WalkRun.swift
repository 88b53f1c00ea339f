import BenchmarkSupport
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusHTTPRequests
import PopulusStringCodec
import PopulusTaskFiles
import ResultText
import Synchronization

/// One step of a walk as it was measured.
struct StepFigures: Codable {
    var level = 0
    var candidates = 0
    var survivors = 0
    var seconds = 0.0
    var leaderCPUSeconds = 0.0
    var helperCPUSeconds = 0.0
}

/// What was measured of a walk.
struct WalkFigures: Codable {
    var reports = 0
    /// Strings with enough votes.
    var strings = 0
    /// From the first collection request to the CSV file.
    var seconds = 0.0
    var steps: [StepFigures] = []
    /// The sum over all steps.
    var candidates = 0
    var leader = ProcessUse()
    var helper = ProcessUse()

    /// Wall time for each candidate and report: with as many cores as aggregators this is each one's time.
    var wallNanosecondsPerCandidate = 0.0
    /// Processor time for each candidate, report and aggregator.
    var cpuNanosecondsPerCandidate = 0.0
}

/// Walks the batch that was uploaded, and compares the result with the plaintext count.
struct WalkRun {
    let task: TaskFile
    let corpus: Corpus
    let bits: Int
    let votes: Int
    let bitsPerStep: String
    let folder: URL
    let leader: pid_t
    let helper: pid_t
    let notice: @Sendable (String) -> Void

    func run() async throws -> WalkFigures {
        guard case .collector(let secrets) = task.secrets else { throw BenchmarkError("not the collector's file") }
        let requester = DAPRequester(timeoutSeconds: 3600)
        let jobs = LeaderCollectionJobs(
            task: task.taskID, configuration: task.configuration, token: secrets.collectorToken,
            resultType: .walkCollectionJobResp, requester: requester)
        let collector = try DiscoveryTask(
            id: task.taskID, configuration: task.configuration, codePoints: task.walkCodePoints,
            encoding: HexEncoding(), keyPair: secrets.hpkeKey)
        let before = (leader: ProcessUse(of: leader), helper: ProcessUse(of: helper))
        let recorder = StepRecorder(leader: leader, helper: helper)
        let discovery = Discovery(
            task: collector, jobs: jobs, statePath: folder.appending(path: "walk.json").path
        ) { event in
            guard case .answered(let report) = event else { return }
            notice("step \(report.step + 1): \(recorder.add(report.summary))")
        }
        let start = ContinuousClock.now
        let outcome: Result<DiscoveryResult, any Error>
        do {
            outcome = .success(
                try await discovery.run(
                    from: discovery.newState(DiscoveryOptions(threshold: "\(votes)", bitsPerStep: bitsPerStep))
                ).result)
        } catch {
            outcome = .failure(error)
        }
        await requester.shutdown()
        let result = try outcome.get()
        let csv = CSVWriter().file(of: result.strings, total: result.reports)
        try Data(csv).write(to: folder.appending(path: "out.csv"))
        var figures = WalkFigures()
        figures.seconds = start.duration(to: .now) / .seconds(1)
        figures.leader = ProcessUse(of: leader).since(before.leader)
        figures.helper = ProcessUse(of: helper).since(before.helper)
        figures.reports = Int(result.acceptedAtStart)
        figures.strings = result.strings.count
        figures.steps = recorder.steps
        figures.candidates = recorder.steps.reduce(0) { $0 + $1.candidates }
        let each = 1e9 / Double(max(1, figures.candidates * figures.reports))
        figures.wallNanosecondsPerCandidate = figures.seconds * each
        figures.cpuNanosecondsPerCandidate = (figures.leader.cpuSeconds + figures.helper.cpuSeconds) / 2 * each
        try compare(result)
        return figures
    }

    /// Compares with the plaintext count; anything but the very same is an error.
    private func compare(_ result: DiscoveryResult) throws {
        guard result.acceptedAtStart == corpus.draws.count, result.reports == corpus.draws.count else {
            throw BenchmarkError("\(result.reports) reports were counted, and \(corpus.draws.count) uploaded")
        }
        let digits = Array("0123456789abcdef".utf8)
        let expected = corpus.popular(votes: votes).map { entry in
            let text = entry.string.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            return PopularString(value: Array(text.prefix(bits / 4)), count: Int64(entry.count))
        }
        guard result.strings == expected else {
            throw BenchmarkError(
                "the result is not the plaintext count: \(result.strings.count) strings, \(expected.count) expected")
        }
    }
}

/// Keeps what each step took.
private final class StepRecorder: Sendable {
    private struct State {
        var steps: [StepFigures] = []
        var leaderCPUSeconds: Double
        var helperCPUSeconds: Double
    }

    private let leader: pid_t
    private let helper: pid_t
    private let state: Mutex<State>

    init(leader: pid_t, helper: pid_t) {
        self.leader = leader
        self.helper = helper
        state = Mutex(
            State(
                leaderCPUSeconds: ProcessUse.cpuSeconds(of: leader),
                helperCPUSeconds: ProcessUse.cpuSeconds(of: helper)))
    }

    var steps: [StepFigures] { state.withLock { $0.steps } }

    /// Takes a step in; returns it in words.
    func add(_ summary: StepSummary) -> String {
        state.withLock { state in
            let (leader, helper) = (ProcessUse.cpuSeconds(of: leader), ProcessUse.cpuSeconds(of: helper))
            let step = StepFigures(
                level: summary.level, candidates: summary.candidates, survivors: summary.survivors,
                seconds: summary.seconds, leaderCPUSeconds: leader - state.leaderCPUSeconds,
                helperCPUSeconds: helper - state.helperCPUSeconds)
            (state.leaderCPUSeconds, state.helperCPUSeconds) = (leader, helper)
            state.steps.append(step)
            return "level \(step.level), \(step.candidates) candidates, \(step.survivors) survivors, "
                + "\(format(step.seconds, 3)) s, CPU \(format(step.leaderCPUSeconds, 2)) and "
                + "\(format(step.helperCPUSeconds, 2)) s"
        }
    }
}
