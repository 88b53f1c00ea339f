import PopulusClient
import PopulusDAP
import PopulusWireCodec
import Synchronization

/// Both servers of a task, in memory: it counts reports as a Leader does, each ID once.
final class FakeTransport: ReportTransport {
    enum Manner: Sendable {
        case works
        case isAway
        /// The Leader takes the reports, and its answer does not come.
        case losesItsAnswer
        case answers(TransportAnswer)
        case refuses(ReportError)
        /// There is no answer until the request is cancelled.
        case hangs
    }

    struct State: Sendable {
        var keyManner = Manner.works
        var uploadManner = Manner.works
        var cacheControl = "max-age=600"
        var keyRequests = 0
        var uploads = 0
        var counted: Set<ReportID> = []
        var repeated = 0
        var token: String?
        var largest = 0
    }

    private let state = Mutex(State())
    private let leader: HpkeConfig
    private let helper: HpkeConfig
    private let arrivals: AsyncStream<Void>.Continuation
    /// Has an element for each request that arrives.
    let arrived: AsyncStream<Void>

    init(leader: HpkeConfig, helper: HpkeConfig) {
        self.leader = leader
        self.helper = helper
        (arrived, arrivals) = AsyncStream.makeStream()
    }

    var seen: State { state.withLock { $0 } }
    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    func send(_ request: TransportRequest) async throws -> TransportAnswer {
        arrivals.yield()
        return request.method == .get ? try await keys(request) : try await upload(request)
    }

    private struct Away: Error {}

    private func keys(_ request: TransportRequest) async throws -> TransportAnswer {
        let (manner, cacheControl) = state.withLock { state in
            state.keyRequests += 1
            return (state.keyManner, state.cacheControl)
        }
        if let answer = try await special(manner) { return answer }
        let config = request.url.contains("leader") ? leader : helper
        return TransportAnswer(
            status: 200,
            fields: ["content-type": MediaType.hpkeConfigList.description, "cache-control": cacheControl],
            body: HpkeConfigList(configs: [config]).encoded())
    }

    private func special(_ manner: Manner) async throws -> TransportAnswer? {
        switch manner {
        case .works, .losesItsAnswer, .refuses: return nil
        case .isAway: throw Away()
        case .answers(let answer): return answer
        case .hangs:
            try await Task.sleep(for: .seconds(3600))
            throw Away()
        }
    }

    private func upload(_ request: TransportRequest) async throws -> TransportAnswer {
        let manner = state.withLock { state in
            state.uploads += 1
            state.token = request.token
            return state.uploadManner
        }
        if let answer = try await special(manner) { return answer }
        let reports = try UploadRequest(decoding: request.body).reports
        let refused = state.withLock { state in
            state.largest = max(state.largest, reports.count)
            return reports.compactMap { report -> ReportUploadStatus? in
                let id = report.metadata.reportID
                if case .refuses(let error) = manner { return ReportUploadStatus(id: id, error: error) }
                if state.counted.insert(id).inserted { return nil }
                state.repeated += 1
                return ReportUploadStatus(id: id, error: .reportReplayed)
            }
        }
        if case .losesItsAnswer = manner { throw Away() }
        guard !refused.isEmpty else { return TransportAnswer(status: 200) }
        return TransportAnswer(
            status: 200, fields: ["content-type": MediaType.uploadErrors.description],
            body: UploadErrors(status: refused).encoded())
    }
}
