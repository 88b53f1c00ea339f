import HTTPServing
import Logging
import Results
import ServiceLifecycle

/// The dashboard's server: its parts, put together.
package struct DashboardServer: Sendable {
    /// How it is reached.
    package struct Place: Sendable {
        package var listen: ListenAddress
        /// Origins of proxies in front of it, such as `https://analysis.example`.
        package var origins: [String]

        package init(listen: ListenAddress, origins: [String] = []) {
            self.listen = listen
            self.origins = origins
        }
    }

    /// Files that are open beside connections.
    private static let otherFiles = 64

    private let place: Place
    private let limits: TransportLimits
    private let handler: DashboardHandler
    private let logger: Logger

    /// - Parameters:
    ///   - token: what a person has to know to log in.
    ///   - starters: who can walk a task, one a task.
    package init(
        results: ResultsReader, token: Secret, starters: [any WalkStarter], place: Place, logger: Logger
    ) throws(PagesError) {
        let pages = try Pages()
        // Each viewer of a walk has a connection of its own; files of results and of tasks need a few more.
        var limits = TransportLimits()
        limits.maximumConnections = max(
            128, OpenFiles.allow(limits.maximumConnections + Self.otherFiles) - Self.otherFiles)
        self.limits = limits
        let live = LiveStream(mostViewers: limits.maximumConnections / 4 * 3) { pages.event($0) }
        self.place = place
        self.logger = logger
        handler = DashboardHandler(
            results: results, live: live, discoveries: Discoveries(starters, live: live), pages: pages,
            sessions: Sessions(token: token), site: SameSite(listening: place.listen.host, origins: place.origins),
            port: place.listen.port, logger: logger)
    }

    /// Serves until a signal comes; walks that are under way stop where they can go on.
    ///
    /// - Parameter onReady: called once, with the addresses that connections are accepted on.
    /// - Throws: ``ListenError``, or what a service ended by.
    package func run(onReady: @escaping @Sendable (BoundAddresses) async -> Void) async throws {
        let server = HTTPService(
            handler: handler, address: place.listen, limits: limits, logger: logger, onReady: onReady)
        // They end in the other order: viewers first, whose connections would hold the server up.
        let services: [any Service] = [server, LiveService(handler.live), WalksService(handler.discoveries)]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Stops walks when the server is to end, and lets it end when they have.
private struct WalksService: Service {
    let discoveries: Discoveries

    init(_ discoveries: Discoveries) {
        self.discoveries = discoveries
    }

    func run() async throws {
        // Nothing happens here before that.
        try? await gracefulShutdown()
        await discoveries.end()
    }
}
