import Aggregator
import AggregatorServer
import Foundation
import HTTPTypes
import Logging
import PopulusDAP
import PopulusVDAF
import PopulusWireCodec
import StoreMemory
import Synchronization

/// Both aggregators of a task behind their routes, after a walk of two steps, and what was sent for it.
final class World: Sendable {
    static let token = "token"

    let task: TestTask
    let handlers: [Role: ResourceHandler]
    /// Bodies that were understood, by role: an input changes them here and there.
    let bodies: [Role: [[UInt8]]]
    /// A path's last segments that stand for something.
    let ids: [String]
    private let folder: URL
    private let driver: Task<Void, Never>

    deinit {
        driver.cancel()
        // What is left of a temporary folder hurts nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Takes some milliseconds.
    static func make() async throws -> World { try await World(TestTask(bits: 8)) }

    private init(_ task: TestTask) async throws {
        self.task = task
        folder = FileManager.default.temporaryDirectory.appending(path: "populus-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (clock, peer) = (TestClock(), FaultyPeer())
        let logger = Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })
        var settings = MachineSettings()
        settings.threads = 1
        let machine = Machine(settings, clock: clock, logger: logger)
        let leader = try Leader(
            task: try task.aggregator(.leader), store: try Self.store(task, .leader, folder), peer: peer,
            settings: AggregatorSettings(), machine: machine)
        let helper = try Helper(
            task: try task.aggregator(.helper), store: try Self.store(task, .helper, folder),
            settings: AggregatorSettings(), machine: machine)
        peer.helper.withLock { $0 = helper }
        driver = Task { try? await leader.run() }
        handlers = [
            .leader: try Self.handler(.leader, LeaderBackend(leader), logger),
            .helper: try Self.handler(.helper, HelperBackend(helper), logger),
        ]
        let (asked, jobs) = try await Self.walk(task, leader, time: clock.now)
        let sent = peer.sent.withLock { $0 }
        bodies = [.leader: asked, .helper: sent.map(\.body).filter { !$0.isEmpty }]
        ids = jobs + Set(sent.compactMap { $0.job?.base64URL }).sorted()
    }

    private static func store(_ task: TestTask, _ role: Role, _ folder: URL) throws -> any TaskStore {
        let segments = folder.appending(path: "\(role).segments")
        try FileManager.default.createDirectory(at: segments, withIntermediateDirectories: true)
        let disk = MemoryDisk(role: role, segmentsDirectory: segments.path)
        let aggregator = try task.aggregator(role)
        try disk.create(task.id, configurationDigest: aggregator.configurationDigest)
        return try MemoryDatastore(disk).open(aggregator)
    }

    private static func handler(_ role: Role, _ backend: any Backend, _ logger: Logger) throws -> ResourceHandler {
        let registry = TaskRegistry(role: role)
        let tokens = [RouteRow.Caller.leader: BearerToken(token), .collector: BearerToken(token)]
        try registry.add(ServedTask(backend: backend, url: "http://localhost/", tokens: tokens))
        return ResourceHandler(registry: registry, logger: logger)
    }

    /// Uploads and two steps of a walk, of which the next could follow: the bodies, and the IDs of the collection jobs.
    private static func walk(
        _ task: TestTask, _ leader: Leader, time: UInt64
    ) async throws -> (bodies: [[UInt8]], jobs: [String]) {
        let factory = ReportFactory(task: task, time: time)
        let upload = UploadRequest(reports: try (0..<6).map { try factory.report($0 % 2 * 200) }).encoded()
        _ = try await leader.upload(body: upload)
        var (bodies, jobs) = ([upload], [String]())
        let walk = WalkID.random()
        for (step, level) in [(UInt16(0), 1), (1, 3)] {
            let prefixes = (0..<1 << (level + 1)).map { value in
                Prefix(bits: (0...level).map { value >> (level - $0) & 1 == 1 })
            }
            let parameter = try Poplar1AggregationParameter(
                level: level, prefixes: step == 0 ? prefixes : [prefixes[0], prefixes[12]])
            let entry = CollectionJobExtension(
                type: WalkCodePoints.provisional.collectionJob,
                data: WalkJobExtension(walkID: walk, step: step).encoded())
            let body = CollectionJobReq(
                query: .leaderSelected, aggregationParameter: parameter.encode(), extensions: [entry]
            ).encoded()
            let id = try await leader.createCollectionJob(body: body)
            bodies.append(body)
            jobs.append(id.base64URL)
            var isReady = false
            while !isReady {
                if case .ready = try await leader.collectionJob(id: id, waitingUpTo: .seconds(10)) { isReady = true }
            }
        }
        return (bodies, jobs)
    }
}
