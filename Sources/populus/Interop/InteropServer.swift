import Foundation
import HTTPServing
import Interop
import Logging
import PopulusHTTPRequests
import ServiceLifecycle

/// The process around a role of the test API.
struct InteropServer {
    let role: InteropRole
    let listen: ListenAddress
    let logger: Logger
    let work = BackgroundWork()

    init(role: InteropRole, listen: ListenAddress, logLevel: Logger.Level) {
        self.role = role
        self.listen = listen
        EscapingLogHandler.bootstrap(level: logLevel)
        logger = Logger(label: "populus.interop.\(role.rawValue)")
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
    }

    /// Lends what sends requests, both with the bearer token and with the draft's field.
    func withRequester(_ body: (DAPRequester) async throws -> Void) async throws {
        let requester = DAPRequester(
            patience: .init(first: 4, later: 4), additionalTokenField: DraftToken.field)
        do {
            try await body(requester)
        } catch {
            await requester.shutdown()
            throw error
        }
        await requester.shutdown()
    }

    /// Serves until a signal comes.
    ///
    /// - Parameter further: services that end after the server.
    func serve(
        _ role: some TestRole, resources: some RequestHandler, further: [any Service] = []
    ) async throws(CommandFailure) {
        let ready = "populus interop \(self.role.rawValue) ready on"
        let server = HTTPService(
            handler: TestHandler(role: role, resources: resources, logger: logger), address: listen, logger: logger
        ) { bound in
            StandardStream.output.write("\(ready) \(bound.urls())\n")
        }
        var configuration = ServiceGroupConfiguration(
            services: (further + [work, server]).map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(4)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as ListenError {
            let code: CommandFailure.Code = if case .notPermitted = error { .permission } else { .system }
            throw CommandFailure(code, "--listen: " + error.description)
        } catch is CancellationError {
            logger.notice("ended with work in flight")
        } catch {
            throw CommandFailure(.software, "ended by an error: \(error)")
        }
    }
}
