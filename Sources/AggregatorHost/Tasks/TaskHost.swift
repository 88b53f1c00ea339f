import Aggregator
import AggregatorServer
import Logging
import PopulusDAP
import PopulusTLS
import PopulusTaskFiles
import ServiceLifecycle

/// The tasks of an aggregator's process: makes the Leader or Helper of each, has it served, and runs its own work.
///
/// As a service it works until it is told to stop; tasks may be added before and meanwhile.
package final class TaskHost: Service {
    /// Why a task cannot be served.
    package enum Failure: Error, Sendable {
        /// The file is another role's.
        case wrongRole
        case alreadyServed
        /// The reason, for people.
        case unusable(String)
        case store(StoreError)
    }

    private struct Driver: Sendable {
        let task: TaskID
        let run: @Sendable () async throws -> Void
    }

    package let registry: TaskRegistry
    /// The keys of all of its tasks.
    package let keyring = HpkeKeyring()
    private let settings: AggregatorSettings
    private let resources: ProcessResources
    private let additionalTokenField: String?
    let pinned: PinnedPeers
    private let link: (any ReplicaLink)?
    private let openStore: @Sendable (AggregatorTask) throws -> any TaskStore
    private let drivers = AsyncStream.makeStream(of: Driver.self)
    /// What an operator is told of the tasks.
    let members = TaskMembers()
    /// When this process last looked at what others have changed.
    let freshness = Freshness()

    /// - Parameters:
    ///   - resources: what the tasks share; their owner shuts them down.
    ///   - additionalTokenField: a header field in which Leaders show their token as well.
    ///   - pinned: whose certificates are expected of the Leader, or of the Collector, in place of their tokens.
    ///   - link: the way to other processes of the role, where there may be some.
    ///   - defaultBase: the base path of what belongs to no task while there is none.
    ///   - openStore: opens a task's store; the caller closes it.
    package init(
        role: Role, settings: AggregatorSettings, resources: ProcessResources, additionalTokenField: String? = nil,
        pinned: PinnedPeers = PinnedPeers(), link: (any ReplicaLink)? = nil, defaultBase: String = "/",
        openStore: @escaping @Sendable (AggregatorTask) throws -> any TaskStore
    ) {
        registry = TaskRegistry(role: role, defaultBase: defaultBase)
        self.settings = settings
        self.resources = resources
        self.additionalTokenField = additionalTokenField
        self.pinned = pinned
        self.link = link
        self.openStore = openStore
    }

    private var machine: Machine { resources.machine }
    /// Those of the process.
    package var troubles: Troubles { machine.troubles }

    /// Serves a task from now on.
    package func add(_ file: TaskFile) throws(Failure) { try add(try Self.registration(file), from: .file) }

    /// Serves a task from now on, with the keys and tokens that it has.
    ///
    /// It opens the task's store, which blocks the calling thread.
    ///
    /// - Parameter source: where what is needed to serve it comes from.
    package func add(_ task: TaskRegistration, from source: TaskSource) throws(Failure) {
        try add(task, from: source) { _ in }
    }

    /// Serves a task from now on.
    ///
    /// It opens the task's store, which blocks the calling thread.
    ///
    /// - Parameters:
    ///   - source: where what is needed to serve it comes from.
    ///   - prepare: what is done with its keys and tokens before anybody is served.
    func add(
        _ task: TaskRegistration, from source: TaskSource, prepare: (TaskCredentials) -> Void
    ) throws(Failure) {
        guard task.role == registry.role else { throw .wrongRole }
        // Before the store is opened: it is that task's alone. What could not be served from the store may be now.
        if let known = registry[task.taskID] {
            guard case .store = source, known.refusal != nil else { throw .alreadyServed }
        }
        let credentials = try credentials(of: task)
        prepare(credentials)
        let ending: any TaskEnding
        do throws(Failure) {
            ending =
                task.role == .leader
                ? try addLeader(task, source, credentials) : try addHelper(task, source, credentials)
        } catch {
            // It may be tried again for long.
            credentials.receiver.leave()
            throw error
        }
        members.add(
            Member(
                task: task.taskID, role: task.role, registration: task, source: source, ending: ending,
                credentials: credentials))
    }

    /// A task's keys and tokens; the keys open what is sealed to them, for every task.
    private func credentials(of task: TaskRegistration) throws(Failure) -> TaskCredentials {
        try usable { try TaskCredentials(task, joining: keyring) { [freshness] in freshness.isStale } }
    }

    private func addLeader(
        _ file: TaskRegistration, _ source: TaskSource, _ credentials: TaskCredentials
    ) throws(Failure) -> any TaskEnding {
        guard file.aggregatorToken != nil else { throw .unusable("it has no token for the Helper") }
        let task = try aggregatorTask(file, receiver: credentials.receiver)
        let store = try usable { try openStore(task) }
        sayInterval(of: task)
        let peer = HTTPHelperPeer(
            client: resources.client, url: file.helperURL, token: credentials.shownToken,
            additionalTokenField: additionalTokenField, tls: resources.tls, witness: store, clock: peerClock(of: file),
            fields: TaskAdvertisement.fields(for: file.taskID, file.configuration))
        let leader = try usable {
            try Leader(task: task, store: store, peer: peer, settings: settings(for: file), machine: machine)
        }
        try serve(
            ServedTask(
                backend: LeaderBackend(leader), url: file.leaderURL, tokens: credentials.tokens,
                uploadTokens: credentials.uploadTokens, pinned: pinned.callers(of: file.taskID, .collector),
                witness: store,
                moved: leader.moved, rank: source.rank)
        ) { try await leader.run() }
        drivers.continuation.yield(
            Driver(task: file.taskID) { [settings] in
                try await Self.look(after: peer, for: leader, every: settings.lookInterval)
            })
        return leader
    }

    private func addHelper(
        _ file: TaskRegistration, _ source: TaskSource, _ credentials: TaskCredentials
    ) throws(Failure) -> any TaskEnding {
        let task = try aggregatorTask(file, receiver: credentials.receiver)
        let store = try usable { try openStore(task) }
        sayInterval(of: task)
        let clock = peerClock(of: file)
        let helper = try usable {
            try Helper(
                task: task, store: store, settings: settings(for: file), machine: machine, leaderClock: clock,
                link: link)
        }
        try serve(
            ServedTask(
                backend: HelperBackend(helper), url: file.helperURL, tokens: credentials.tokens,
                pinned: pinned.callers(of: file.taskID, .leader), witness: store, clock: clock, forwarded: helper,
                moved: helper.moved, rank: source.rank)
        ) { try await helper.run() }
        return helper
    }

    /// Has a task answer that it is not served for now, as its store cannot be opened: ``add(_:)`` said why.
    package func refuse(_ file: TaskFile, _ reason: StoreError) throws(Failure) {
        try refuse(try Self.registration(file), from: .file, reason) { _ in }
    }

    /// Has a task answer that it is not served for now, as its store cannot be opened: ``add(_:from:)`` said why.
    ///
    /// - Parameter prepare: what is done with its keys and tokens before anybody is answered.
    func refuse(
        _ task: TaskRegistration, from source: TaskSource, _ reason: StoreError, prepare: (TaskCredentials) -> Void
    ) throws(Failure) {
        // Clients may have sealed other tasks' reports to its keys.
        let credentials = try credentials(of: task)
        prepare(credentials)
        do throws(Failure) {
            try refuse(
                UnservedBackend(
                    role: task.role, task: task.taskID, receiver: credentials.receiver, reason: reason),
                at: task.role == .leader ? task.leaderURL : task.helperURL, tokens: credentials.tokens,
                uploadTokens: credentials.uploadTokens, from: source)
        } catch {
            credentials.receiver.leave()
            throw error
        }
        members.add(
            Member(
                task: task.taskID, role: task.role, registration: task, source: source, ending: nil,
                reason: reason.description, credentials: credentials))
    }

    /// The same for a task that the store keeps and of which not everything decodes.
    ///
    /// What does decode says where its resources are, and who may ask for them.
    ///
    /// - Parameter now: seconds since the Epoch.
    func refuse(_ kept: KeptTask, _ reason: StoreError, at now: UInt64) throws(Failure) {
        let (role, source) = (registry.role, TaskSource.store(added: kept.added))
        // What does not decode is told as the reason.
        let configuration = try? TaskConfiguration(decoding: kept.configuration)
        let url = configuration.map { role == .leader ? $0.leaderEndpoint : $0.helperEndpoint } ?? []
        func digests(_ kind: TaskSecret.Kind) -> [[UInt8]] {
            kept.secrets.filter { $0.kind == kind && $0.times.isValid(at: now) }.map(\.bytes)
        }
        let (leader, collector) = (digests(.leaderToken), digests(.collectorToken))
        var tokens: [RouteRow.Caller: BearerToken] = [:]
        if !leader.isEmpty { tokens[.leader] = BearerToken(digests: leader) }
        if !collector.isEmpty { tokens[.collector] = BearerToken(digests: collector) }
        try refuse(
            UnservedBackend(role: role, task: kept.id, receiver: nil, reason: reason),
            at: String(decoding: url, as: UTF8.self), tokens: tokens,
            uploadTokens: UploadTokens(digests: digests(.uploadToken)), from: source)
        members.add(
            Member(
                task: kept.id, role: role, registration: nil, source: source, ending: nil, reason: "\(reason)"))
    }

    private func refuse(
        _ backend: UnservedBackend, at url: String, tokens: [RouteRow.Caller: BearerToken],
        uploadTokens: UploadTokens?, from source: TaskSource
    ) throws(Failure) {
        let task = ServedTask(
            backend: backend, url: url, tokens: tokens, uploadTokens: uploadTokens,
            pinned: pinned.callers(of: backend.task, backend.role == .leader ? .collector : .leader),
            refusal: backend.reason, rank: source.rank)
        do { try registry.add(task, again: source.isStore) } catch { throw .alreadyServed }
    }

    /// Takes note of how far the end of a task has come.
    func note(_ end: TaskEnd?, of task: TaskID) {
        guard let end else { return }
        members.note(end, of: task)
        guard let served = registry[task] else { return }
        served.life.note(end)
        // Whether the Helper answers is nobody's matter any more.
        if end.stopped != nil { served.backend.watch?.end() }
    }

    /// Sees whether a task can be served here, but for its store.
    func check(_ task: TaskRegistration) throws(Failure) {
        guard task.role == registry.role else { throw .wrongRole }
        guard !task.hpkeKeys.isEmpty, task.role == .helper || task.aggregatorToken != nil else {
            throw .unusable("it lacks a key or a token")
        }
        // In no keyring: the keys of what is refused open nothing.
        _ = try aggregatorTask(task, receiver: try usable { try HpkeReceiver(keyPairs: task.hpkeKeys) })
    }

    private static func registration(_ file: TaskFile) throws(Failure) -> TaskRegistration {
        do throws(TaskFileError) { return try TaskRegistration(file) } catch {
            if case .client = file.secrets { throw .wrongRole }
            if case .collector = file.secrets { throw .wrongRole }
            throw .unusable("\(error)")
        }
    }

    /// The settings with what the task's file says.
    private func settings(for file: TaskRegistration) -> AggregatorSettings {
        var settings = settings
        settings.toleratedClockSkew = file.clockSkew
        settings.reportExpiry = file.reportExpiry
        return settings
    }

    private func peerClock(of file: TaskRegistration) -> PeerClock {
        PeerClock(
            role: file.role, task: file.taskID, tolerance: file.clockSkew, clock: machine.clock, logger: machine.logger)
    }

    private func serve(
        _ task: ServedTask, drive: @escaping @Sendable () async throws -> Void
    ) throws(Failure) {
        do { try registry.add(task, again: true) } catch { throw .alreadyServed }
        drivers.continuation.yield(Driver(task: task.id, run: drive))
    }

    private func aggregatorTask(
        _ file: TaskRegistration, receiver: HpkeReceiver
    ) throws(Failure) -> AggregatorTask {
        try usable {
            try AggregatorTask(
                id: file.taskID, configuration: file.configuration, role: file.role,
                receiver: receiver,
                collectorConfig: file.collectorHpkeConfig,
                verifyKeys: Dictionary(file.verifyKeys.map { ($0.id, $0.bytes) }) { first, _ in first },
                codePoints: file.walkCodePoints)
        }
    }

    /// Says so where a task takes no reports now.
    private func sayInterval(of task: AggregatorTask) {
        guard let note = task.intervalNote(at: machine.clock.now) else { return }
        machine.logger.notice("\(note)", metadata: ["task": "\(task.id)"])
    }

    private func usable<T>(_ make: () throws -> T) throws(Failure) -> T {
        do { return try make() } catch let error as StoreError {
            throw .store(error)
        } catch let error as AggregatorError {
            throw .unusable(error.words)
        } catch {
            throw .unusable("\(error)")
        }
    }

    /// Runs the tasks' own work until a graceful shutdown or the calling task's cancellation.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [drivers] in
            await withDiscardingTaskGroup { group in
                for await driver in drivers.stream { group.addTask { await self.run(driver) } }
                group.cancelAll()
            }
        }
    }

    /// Looks after a Leader's Helper until the calling task is cancelled or the task's work is over: at once, every minute, more
    /// often while it is away.
    private static func look(
        after peer: HTTPHelperPeer, for leader: any LeaderService, every interval: Duration
    ) async throws {
        while !leader.watch.isOver {
            let found = await peer.look(at: leader.task.id, configuration: leader.task.configurationDigest)
            try Task.checkCancellation()
            leader.watch.looked(
                found.reason, isAnswer: found.isAnswer, refuses: found.isRefusal, unchecked: found.unchecked)
            try await Task.sleep(for: leader.watch.status.state == .fault ? interval / 6 : interval)
        }
    }

    /// Work that fails is begun anew: everything it has done is in the store.
    private func run(_ driver: Driver) async {
        let (registry, troubles, metadata) = (registry, troubles, ["task": "\(driver.task)"] as Logger.Metadata)
        let failure = "a task's own work failed; beginning anew"
        let work = RestartedWork(pause: settings.longestRetryPause, body: driver.run) { news in
            switch news {
            case .failed(let reason):
                troubles.note(failure, about: "\(driver.task)", reason: reason, metadata: metadata)
                registry.setFailing(true, task: driver.task)
            case .goesOn:
                troubles.end(failure, about: "\(driver.task)", metadata: metadata)
                registry.setFailing(false, task: driver.task)
            }
        }
        await work.run()
    }
}
