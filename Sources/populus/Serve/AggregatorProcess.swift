import Aggregator
import AggregatorHost
import AggregatorServer
import Dispatch
import Foundation
import HTTPServing
import Logging
import PopulusDAP
import PopulusKernels
import PopulusTaskFiles

/// What the processes of both aggregators do alike.
struct AggregatorProcess {
    let options: ServeOptions
    let role: Role
    let logger: Logger
    private let authorities: AuthorityOptions
    private let connection: ConnectionOptions?
    let pinned: PinnedPeers
    /// Kept so that hangups are heard.
    private let hangup: Hangup

    /// - Parameters:
    ///   - connection: how the other aggregator is reached, where it is.
    ///   - pinned: whose certificates are expected of the other party.
    init(
        _ options: ServeOptions, role: Role, authorities: AuthorityOptions, connection: ConnectionOptions? = nil,
        pinned: [PinnedOption]
    ) {
        self.options = options
        self.role = role
        (self.authorities, self.connection, self.pinned) = (authorities, connection, PinnedPeers(pinned))
        options.logFormat.bootstrap(level: options.logLevel)
        logger = Logger(label: "populus.\(role.name)")
        signal(SIGPIPE, SIG_IGN)
        hangup = Hangup()
        ProcessMemory.keepFreed()
        // Before a secret is read.
        if !options.allowCoreDumps, !ProcessMemory.keepPrivate() {
            logger.warning("the system may write this process's memory to a core dump: it holds shares and keys")
        }
    }

    /// Serves the tasks of the options until a signal comes.
    func run(_ settings: AggregatorSettings) async throws(CommandFailure) {
        let tls = try ProcessTLS(options.tls, client: connection?.client(), authorities)
        let adminTokens = try self.adminTokens()
        let taskprov = try options.taskprov.file(for: role, logger)
        var files: [ReadFile] = []
        for path in options.tasks { files.append((path, try read(path))) }
        let engine = try StoreLocation(options.store, role: role)
            .serving(cache: options.cache, isAlone: options.internalListen == nil)
        let sealKeys = try options.seal.keys { [logger] in logger.warning("\($0)") }
        let datastore = try OpenDatastore(
            by: engine, role: role, for: files.map(\.file.taskID), sealKeys: sealKeys, logger: logger)
        do {
            try await run(
                files, adminTokens, taskprov, settings, tls, on: datastore, spillingTo: engine.spillDirectory,
                sealed: sealKeys != nil)
        } catch {
            datastore.close()
            throw error
        }
        datastore.close()
    }

    /// The same with the stores open.
    private func run(
        _ files: [ReadFile], _ adminTokens: AdminTokens?, _ taskprov: TaskprovFile?, _ settings: AggregatorSettings,
        _ tls: ProcessTLS, on datastore: OpenDatastore, spillingTo directory: String?, sealed: Bool
    ) async throws(CommandFailure) {
        let place = try await place(on: datastore, tls)
        var machine = options.machineSettings(spillingTo: directory)
        machine.sealsSpills = sealed
        let resources = ProcessResources(machine, tls: tls.client, logger: logger)
        let host = TaskHost(
            role: role, settings: settings, resources: resources, pinned: pinned, link: place?.link
        ) { task in
            try datastore.open(task)
        }
        do {
            let refused = try add(files, to: host, datastore)
            let tasks = OperatedTasks(
                host, in: datastore.shelf, datastore.replica, rotation: options.rotation.policy(role),
                taskprov: taskprov, mostTasks: options.taskprov.maxTasks, logger: logger)
            try takeUp(tasks, datastore, but: Set(refused.map(\.read.file.taskID)))
            try refuse(refused, by: host, datastore)
            let canAdd = adminTokens != nil || taskprov != nil
            try checkTasks(of: host, canAdd: canAdd)
            try checkPinned(of: host, canAdd: canAdd)
            tellStart(
                host.registry.tasks.filter { $0.refusal == nil }, threads: resources.machine.work.threadCount, tls)
            try await serve(host, tasks, adminTokens, datastore, place, tls, resources.machine)
        } catch {
            await resources.shutdown()
            await place?.shutdown()
            throw error
        }
        await resources.shutdown()
        await place?.shutdown()
    }

    /// Who may add and end tasks while the server runs.
    private func adminTokens() throws(CommandFailure) -> AdminTokens? {
        if let warning = options.adminWarning { logger.warning("\(warning)") }
        guard let path = options.adminTokens else { return nil }
        let warnIfWritable: @Sendable (String) -> Void = { [logger] path in
            guard TaskFile.isWritableByOthers(path) else { return }
            logger.warning("others can add admin tokens to \(path): chmod go-w \(ShellWord.quoted(path))")
        }
        let watch: AdminTokenWatch
        do throws(TaskFileError) {
            watch = try AdminTokenWatch(path: path) { [logger, warnIfWritable] error in
                if let error {
                    logger.error("no admin token is valid, as their file cannot be read: \(error)")
                } else {
                    logger.notice("the file of admin tokens was read again: \(path)")
                    warnIfWritable(path)
                }
            }
            warnIfWritable(path)
        } catch {
            throw CommandFailure(
                .noInput, "--admin-tokens: \(error); `populus admin tokens add` makes such a file")
        }
        return AdminTokens { watch.tokens.map { .init(id: $0.id, digest: $0.digest) } }
    }

    /// Has the tasks served that the store keeps.
    private func takeUp(
        _ tasks: OperatedTasks, _ datastore: OpenDatastore, but refused: Set<TaskID>
    ) throws(CommandFailure) {
        do { try tasks.takeUp(but: refused) } catch { throw datastore.failure(error) }
    }

    private func checkTasks(of host: TaskHost, canAdd: Bool) throws(CommandFailure) {
        guard host.registry.tasks.isEmpty, !canAdd else { return }
        throw CommandFailure(
            .noInput,
            "there is no task to serve: give one with --task, or --admin-listen and --admin-tokens to have some added while the "
                + "server runs, or --taskprov to have requests bring some")
    }

    /// Where this server is among others of its role, if there may be some.
    private func place(
        on datastore: OpenDatastore, _ tls: ProcessTLS
    ) async throws(CommandFailure) -> ReplicaPlace? {
        guard let listen = options.internalListen else { return nil }
        if let warning = options.internalWarning { logger.warning("\(warning)") }
        do {
            return try await ReplicaPlace(
                listen: listen, told: options.internalAddress, replica: datastore.replica, tls: tls.internalListen,
                trusted: tls.replicas)
        } catch {
            throw datastore.failure(error)
        }
    }

    /// Reads a role's file.
    private func read(_ path: String) throws(CommandFailure) -> TaskFile {
        let file: TaskFile
        do { file = try TaskFile(readingFrom: path, as: role) } catch { throw CommandFailure(error) }
        if TaskFile.isExposed(path) {
            logger.warning("others can read \(path): chmod 600 \(ShellWord.quoted(path))")
        }
        return file
    }

    private typealias ReadFile = (path: String, file: TaskFile)

    private typealias Refused = (read: ReadFile, error: StoreError)

    /// Has every task served that can be: one whose store is damaged or refused keeps no other from it.
    ///
    /// - Returns: those that cannot.
    private func add(
        _ files: [ReadFile], to host: TaskHost, _ datastore: OpenDatastore
    ) throws(CommandFailure) -> [Refused] {
        var refused: [Refused] = []
        for read in files {
            do { try host.add(read.file) } catch {
                guard case .store(let why) = error, datastore.isAlone(why, of: read.file.taskID) else {
                    throw failure(error, of: read, datastore)
                }
                refused.append((read, why))
            }
        }
        return refused
    }

    /// Has tasks answer that they are not served for now, unless no task is at all.
    private func refuse(
        _ refused: [Refused], by host: TaskHost, _ datastore: OpenDatastore
    ) throws(CommandFailure) {
        var refused = refused
        // The last one is said by the command itself.
        let last = host.registry.tasks.allSatisfy { $0.refusal != nil } ? refused.popLast() : nil
        for (read, error) in refused {
            logger.error(
                "a task is not served, as its store cannot be opened: \(error)",
                metadata: ["task": "\(read.file.taskID)"])
        }
        if let last { throw failure(.store(last.error), of: last.read, datastore) }
        for (read, error) in refused {
            do { try host.refuse(read.file, error) } catch { throw failure(error, of: read, datastore) }
        }
    }

    /// Why a task keeps the server from its start.
    private func failure(_ failure: TaskHost.Failure, of read: ReadFile, _ datastore: OpenDatastore) -> CommandFailure {
        switch failure {
        case .store(let error): datastore.failure(error, of: read.file.taskID)
        case .alreadyServed: CommandFailure(.data, "\(read.path): another --task has this very task")
        case .wrongRole: CommandFailure(.data, "\(read.path): the file of another role")
        case .unusable(let reason): CommandFailure(.data, "\(read.path): this task cannot be served: \(reason)")
        }
    }

    private func serve(
        _ host: TaskHost, _ operated: OperatedTasks, _ adminTokens: AdminTokens?, _ datastore: OpenDatastore,
        _ place: ReplicaPlace?, _ tls: ProcessTLS, _ machine: Machine
    ) async throws(CommandFailure) {
        let (ready, tasks) = ("populus \(role.name) ready on", host.registry.tasks.filter { $0.refusal == nil })
        let bases = Set(tasks.map(\.base))
        let path = bases.count == 1 ? bases.first ?? "/" : "/"
        let names = Self.names(tasks)
        var services = AggregatorServices(
            host: host, listen: options.listen, adminListen: options.adminListen, place: place, logger: logger,
            lookAfterStore: { datastore.look() })
        (services.tasks, services.adminTokens) = (operated, adminTokens)
        services.origins = options.origins.allowed
        (services.tls, services.adminTLS) = (tls.listen, tls.admin)
        (services.watched, services.hangups) = (tls.watched, hangup.signals)
        services.facts.version = Version.number
        services.facts.commit = Version.commit
        services.facts.machine = machine
        services.facts.storeRoom = { await datastore.room() }
        services.facts.store = { datastore.state }
        services.metricsPlace = "the address that the operator gives with --admin-listen"
        do throws(AggregatorServices.Failure) {
            try await services.run { bound, told in
                let others = told.map { "; other servers of the role reach it at \($0)" } ?? ""
                StandardStream.output.write("\(ready) \(bound.urls(path: path)) (\(names))\(others)\n")
            }
        } catch {
            switch error {
            case .listen(let error): throw Self.failure(error, option: "--listen")
            case .adminListen(let error): throw Self.failure(error, option: "--admin-listen")
            case .internalListen(let error): throw Self.failure(error, option: "--internal-listen")
            case .presence(let error): throw datastore.failure(error)
            case .other(let reason): throw CommandFailure(.software, "ended by an error: \(reason)")
            }
        }
    }

    /// Which tasks are served, as long as they are few.
    static func names(_ tasks: [ServedTask]) -> String {
        guard (1...16).contains(tasks.count) else { return tasks.isEmpty ? "no tasks yet" : "\(tasks.count) tasks" }
        return (tasks.count == 1 ? "task " : "tasks ") + tasks.map { "\($0.id)" }.joined(separator: ", ")
    }

    private static func failure(_ error: ListenError, option: String) -> CommandFailure {
        let code: CommandFailure.Code = if case .notPermitted = error { .permission } else { .system }
        return CommandFailure(code, "\(option): \(error)")
    }
}
