import Aggregator
import ArgumentParser
import Foundation
import HTTPServing
import Logging

/// What `leader` and `helper` have in common.
struct ServeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Address and port to listen on: 127.0.0.1:9001, [::1]:9001, a name of this machine, or '*:9001' for all of its \
            addresses, IPv4 and IPv6. Port 0 takes a free one; the ready line names it.
            """, valueName: "address"),
        transform: ListenAddress.init(argument:))
    var listen: ListenAddress

    @Option(
        help: ArgumentHelp(
            """
            Address and port for the operator alone, not to be reached from outside: GET /metrics, /healthz, /readyz and \
            /status, and the admin API with --admin-tokens. A port alone is one of 127.0.0.1. (default: none, and no metrics)
            """, valueName: "address"),
        transform: ListenAddress.init(ownArgument:))
    var adminListen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            """
            The file of admin tokens, as `populus admin tokens add` makes it: whoever shows one at --admin-listen adds, lists \
            and ends tasks while the server runs, and nobody else gets anything there. (default: none, and no admin API)
            """, valueName: "file"),
        completion: .json)
    var adminTokens: String?

    @Option(
        help: ArgumentHelp(
            """
            The store of this role, a SQLite file as `populus store create` made it: one for all tasks. Or its folder, \
            where it is leader.sqlite or helper.sqlite. Or a PostgreSQL database: postgresql://user@host/database without \
            a password, or service=NAME, an entry of libpq's service file.
            """, valueName: "path"),
        completion: .file())
    var store: String

    @Option(
        help: ArgumentHelp(
            """
            With PostgreSQL: a folder on a local disk, this server's alone, for what it can make again: segments of \
            running walks and node state. (default: $CACHE_DIRECTORY, which systemd sets for CacheDirectory=)
            """, valueName: "folder"),
        completion: .directory)
    var cache: String?

    @Option(
        help: ArgumentHelp(
            """
            With PostgreSQL: address and port for the other servers of this role, which makes this server one of several \
            on the database. For a private network: they talk plain HTTP there, unless --tls-internal is given. (default: none, \
            and no other server)
            """, valueName: "address"),
        transform: ListenAddress.init(argument:))
    var internalListen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            """
            Where the other servers reach that, if it is another address than the one to listen on: 10.0.0.5:9202, or a \
            name and a port. Port 0 stands for the port that was found.
            """, valueName: "address"),
        transform: ListenAddress.init(argument:))
    var internalAddress: ListenAddress?

    @OptionGroup var seal: SealOptions

    @OptionGroup var taskprov: TaskprovOptions

    @OptionGroup var tls: ServeTLSOptions

    @OptionGroup var origins: OriginOptions

    @OptionGroup var rotation: RotationOptions

    @Option(
        name: .customLong("task"),
        help: ArgumentHelp(
            """
            The role's file, as `populus task new` made it. May be given again for further tasks. Tasks that were added with \
            `populus task add` are served without one.
            """, valueName: "file"),
        completion: .json)
    var tasks: [String] = []

    @Option(help: ArgumentHelp("The least severe messages that are written to standard error.", valueName: "level"))
    var logLevel: Logger.Level = .notice

    @Option(help: ArgumentHelp("How they are written; json is one object a line.", valueName: "format"))
    var logFormat: LogFormat = .text

    @Option(
        help: ArgumentHelp(
            "Threads that evaluate reports, of all tasks together. (default: one for each core)", valueName: "number"),
        transform: Form.number("--threads", 1...1024, such: 4))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            """
            MiB of memory for state carried from step to step, of all tasks together; more goes to nameless files beside \
            the segments. A walk that would take more than half of it computes some more and keeps less. (default: an eighth of the machine's memory, at least 512)
            """, valueName: "MiB"),
        transform: Form.mebibytes("--state-memory", 1...1_048_576))
    var stateMemory: Int?

    @Flag(
        help: """
            Let the system write core dumps of this process, and let debuggers and profilers look into it. For \
            measurements only: a dump holds shares and keys.
            """)
    var allowCoreDumps = false

    @Option(
        help: ArgumentHelp(
            """
            MiB of disk for these files, of all tasks together, or 0 for none. State that finds no room is computed again \
            at the next step, which takes longer. (default: a quarter of what is free on the disk of the segments when the \
            server starts, at most 16384)
            """, valueName: "MiB"),
        transform: Form.mebibytes("--state-disk", 0...1_073_741_824))
    var stateDisk: Int?

    func validate() throws {
        try StoreLocation.validate(store, cache: cache)
        if let adminListen, adminListen.overlaps(listen) {
            throw ValidationError(
                "--admin-listen \(adminListen) needs another port than --listen, which has \(listen)")
        }
        if let adminTokens, adminListen == nil {
            throw ValidationError(
                "--admin-tokens \(adminTokens) goes with --admin-listen, which says where operators show them")
        }
        try validateInternal()
        try tls.validate(adminListen: adminListen, internalListen: internalListen)
    }

    /// What an operator is told whose own address others may reach.
    var adminWarning: String? {
        guard let adminListen, !adminListen.isOfThisMachine else { return nil }
        guard adminTokens != nil else {
            return
                "--admin-listen \(adminListen) may be reached from other machines, and without --admin-tokens whoever reaches it "
                + "reads the metrics"
        }
        return tls.tlsAdmin
            ? nil
            : "--admin-listen \(adminListen) may be reached from other machines, over plain HTTP: admin tokens and the secrets "
                + "of tasks can be read on the way. Give --tls-admin, or let it listen on 127.0.0.1 and reach it by a tunnel or "
                + "a proxy with TLS"
    }

    /// What these options say of the process's threads, memory and disk.
    ///
    /// - Parameter directory: where state goes that finds no room in memory.
    func machineSettings(spillingTo directory: String?) -> MachineSettings {
        var settings = MachineSettings()
        if let threads { settings.threads = threads }
        let eighth = Int(clamping: ProcessInfo.processInfo.physicalMemory / 8)
        settings.stateMemoryBytes = stateMemory.map { $0 << 20 } ?? max(settings.stateMemoryBytes, eighth)
        let quarter = directory.flatMap { StoreRoom.freeBytes(at: $0) }.map { $0 / 4 }
        settings.stateDiskBytes = stateDisk.map { $0 << 20 } ?? min(settings.stateDiskBytes, quarter ?? .max)
        settings.spillDirectory = directory
        settings.roomAdvice = "--state-memory and --state-disk say how much there is"
        return settings
    }

    /// The part of the help that both share.
    static func discussion(_ resources: String) -> String {
        """
        Prints one line to standard output when it is ready to serve. GET /healthz says so too. With --admin-listen GET \
        /metrics has numbers for Prometheus there, GET /readyz says whether the server can answer now, and with \
        --admin-tokens tasks are added and ended there while it runs: `populus task add`. SIGTERM and SIGINT end it in \
        order: nothing that was acknowledged is \
        lost, and a walk goes on after the next start.

        Web pages of the origins that --allow-origin names may upload and fetch keys, and do nothing else.

        It speaks plain HTTP, unless --tls-certificate is given: on anything but one machine, put a proxy with TLS in front \
        of it, or have it speak TLS itself.

        Resources and their greatest bodies:

        \(resources)
        """
    }
}

extension ListenAddress {
    /// Reads an option's value, and says what is right where it is wrong.
    init(argument: String) throws {
        do { try self.init(parsing: argument) } catch { throw ValidationError(error.description) }
    }

    /// The same for an address that is this machine's own unless told otherwise: a port alone is one of loopback.
    init(ownArgument argument: String) throws {
        try self.init(argument: argument.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? "127.0.0.1:\(argument)" : argument)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
