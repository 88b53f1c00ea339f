import Aggregator
import AggregatorHost
import AggregatorServer
import Foundation
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles
import StoreMemory
import Synchronization

/// A clock that tests set.
final class TaskprovClock: AggregatorClock {
    private let seconds: Mutex<UInt64>

    init(_ seconds: UInt64) { self.seconds = Mutex(seconds) }

    var now: UInt64 { seconds.withLock { $0 } }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
    func set(_ seconds: UInt64) { self.seconds.withLock { $0 = seconds } }
    func advance(_ seconds: UInt64) { self.seconds.withLock { $0 += seconds } }
}

/// What two aggregators have agreed on, and tasks that requests bring.
enum TaskprovParts {
    static let now = UInt64(Date().timeIntervalSince1970)
    private static let leader = "http://127.0.0.1:1/"
    private static let helper = "http://127.0.0.1:2/"

    /// When the tasks end, in seconds since the Epoch.
    static let end = (now / 60 + 3 * 1440) * 60

    static func disk(_ role: Role) -> MemoryDisk {
        MemoryDisk(role: role, segmentsDirectory: NSTemporaryDirectory(), segmentsAreCache: true)
    }

    static func files(
        uploadTokens: [TaskFile.UploadToken] = [], keepAfterEnd: UInt64? = nil,
        _ change: (inout TaskprovLimits) -> Void = { _ in }
    ) throws -> TaskprovFileSet {
        var limits = TaskprovLimits()
        (limits.minBatchSize, limits.vdafs) = (10, ["prio3-count"])
        change(&limits)
        let files = try TaskprovFileSet(
            leader: AggregatorURL(leader), helper: AggregatorURL(helper), limits: limits, uploadTokens: uploadTokens)
        guard let keepAfterEnd else { return files }
        return try files.keeping(for: keepAfterEnd)
    }

    /// One of many tasks.
    static func task(
        _ number: Int = 0, leader: String = leader, helper: String = helper, minBatchSize: UInt64 = 10,
        vdaf: VdafConfiguration = .prio3Count, extensions: [TaskExtension]? = nil
    ) throws -> TaskAdvertisement {
        let start = now / 60 - 60
        let interval = Interval(start: Time(units: start), duration: TimeDuration(units: end / 60 - start))
        return TaskAdvertisement(
            try TaskConfiguration(
                taskInfo: Array("brought \(number)".utf8), leaderEndpoint: Array(leader.utf8),
                helperEndpoint: Array(helper.utf8), timePrecision: TimePrecision(seconds: 60),
                minBatchSize: minBatchSize, batchMode: .leaderSelected, vdaf: vdaf,
                extensions: extensions ?? [.taskInterval(interval)]))
    }
}

/// One process of a role, on a disk that outlives it.
final class TaskprovProcess: Sendable {
    struct Answer: Equatable {
        let status: Int
        let type: ProblemType?

        init(_ status: Int, _ type: ProblemType?) { (self.status, self.type) = (status, type) }
    }

    let tasks: OperatedTasks
    private let host: TaskHost
    private let handler: ResourceHandler
    private let datastore: MemoryDatastore
    private let resources: ProcessResources
    private let leadersToken: String?
    private let role: Role

    /// - Parameters:
    ///   - files: nothing where no tasks are taken up that requests bring.
    ///   - leadersToken: what a Leader shows, where there are no files.
    init(
        _ disk: MemoryDisk, _ files: TaskprovFileSet?, clock: any AggregatorClock = SystemClock(),
        isShared: Bool = false, rotation: RotationPolicy? = nil,
        mostTasks: Int = OperatedTasks.usuallyMostTasks, leadersToken: String? = nil
    ) throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let datastore = MemoryDatastore(disk, isShared: isShared)
        (self.leadersToken, role) = (leadersToken ?? files?.leader.peers.first?.aggregatorToken, disk.role)
        resources = ProcessResources(logger: logger)
        host = TaskHost(role: disk.role, settings: AggregatorSettings(), resources: resources) { task in
            try datastore.open(task)
        }
        let file = disk.role == .leader ? files?.leader : files?.helper
        tasks = OperatedTasks(
            host, in: datastore, datastore.replica, clock: clock, rotation: rotation, taskprov: file,
            mostTasks: mostTasks, logger: logger)
        handler = ResourceHandler(registry: host.registry, logger: logger, desk: file == nil ? nil : tasks)
        self.datastore = datastore
        try tasks.takeUp()
    }

    func end() async throws {
        await resources.shutdown()
        try datastore.close()
    }

    /// What a body of one byte is answered with by a task that is served.
    var served: Answer { Answer(400, .invalidMessage) }

    /// Sends an upload to a Leader, or an aggregation job to a Helper, with a body that is none.
    ///
    /// - Parameters:
    ///   - token: what is shown; nothing for what was agreed, and an empty one for none.
    ///   - resource: another one of the task.
    func ask(
        _ task: TaskID, field: String?, token: String? = nil, store: StoreStatement? = nil, _ resource: String? = nil,
        _ type: MediaType? = nil
    ) async -> Answer {
        let head = head(task, field, token, store, resource, type)
        switch handler.admit(head) {
        case .failure(let refusal): return Self.answer(handler.response(for: refusal, to: head))
        case .success(let admission): return Self.answer(await handler.respond(to: admission.route, body: [1]))
        }
    }

    /// Whether the body of a request that brings a task would be read.
    func admits(_ task: TaskAdvertisement) -> Bool {
        switch handler.admit(head(task.taskID, task.fieldValue)) {
        case .success: true
        case .failure: false
        }
    }

    private func head(
        _ task: TaskID, _ field: String?, _ token: String? = nil, _ store: StoreStatement? = nil,
        _ resource: String? = nil, _ type: MediaType? = nil
    ) -> HTTPRequest {
        let (usual, media): (String, MediaType) =
            role == .leader ? ("reports", .uploadRequest) : ("aggregation_jobs", .aggregationJobInitReq)
        var head = HTTPRequest(
            method: .post, scheme: "http", authority: "a", path: "/tasks/\(task)/\(resource ?? usual)")
        head.headerFields[.contentType] = (type ?? media).description
        let agreed = role == .helper ? leadersToken : nil
        if let shown = token ?? agreed, !shown.isEmpty { head.headerFields[.authorization] = "Bearer \(shown)" }
        if let name = HTTPField.Name("DAP-Taskprov") { head.headerFields[name] = field }
        if let name = HTTPField.Name(StoreStatement.fieldName) { head.headerFields[name] = store?.fieldValue }
        return head
    }

    private static func answer(_ response: ServerResponse) -> Answer {
        Answer(response.status.code, ProblemDocument(decoding: response.body)?.type)
    }

    /// What opens what was sealed to any key of the process: a receiver whose own key nobody has.
    func receiver() throws -> HpkeReceiver {
        try HpkeReceiver(keyPairs: [.generate(id: 255)], joining: host.keyring)
    }

    /// The keys that clients are offered.
    func keys() async throws -> [HpkeConfig] {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/hpke_config")
        let response = await handler.respond(to: try handler.admit(head).get().route, body: [])
        return try HpkeConfigList(decoding: response.body).configs
    }
}

extension TaskprovFileSet {
    /// The same with another time for which tasks are kept after their end.
    func keeping(for seconds: UInt64) throws -> TaskprovFileSet {
        func kept(_ file: TaskprovFile) throws -> TaskprovFile {
            try TaskprovFile(
                role: file.role, url: file.url, hpkeKeys: file.hpkeKeys, clockSkew: file.clockSkew,
                keepAfterEnd: seconds, peers: file.peers)
        }
        return TaskprovFileSet(leader: try kept(leader), helper: try kept(helper), collector: collector)
    }
}
