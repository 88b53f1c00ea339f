import ArgumentParser
import Foundation
import HTTPServing
import Interop
import Logging
import PopulusDAP
import PopulusHTTPRequests

/// `populus interop`: one role, driven by a test runner.
struct InteropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interop",
        abstract: "Runs one role with the interoperation test API. For tests only.",
        usage: "populus interop <role> --listen <address> [<options>]",
        discussion: """
            Serves the test API of draft-dcook-ppm-dap-interop-test-design below /internal/test/: a test runner \
            provisions tasks, uploads reports and collects batches through it. A Leader or a Helper serves DAP's \
            resources on the same port. The article Interoperation in the guides has every endpoint and member.

            Whoever reaches the port can add tasks and read results, and secrets travel in the clear. Never run it \
            where it can be reached from elsewhere.

            Prints one line to standard output when it is ready to serve. SIGTERM and SIGINT end it.
            """)

    @Argument(help: "The role: \(InteropRole.allValueStrings.joined(separator: ", ")).")
    var role: InteropRole

    @Option(
        help: ArgumentHelp(
            """
            Address and port to listen on, such as 127.0.0.1:8081. Port 0 takes a free one; the ready line names it.
            """, valueName: "address"),
        transform: ListenAddress.init(argument:))
    var listen: ListenAddress

    @Option(
        help: ArgumentHelp(
            """
            A folder for an aggregator's store and decryption key; it is made if need be. (default: a temporary one, \
            removed at the end)
            """, valueName: "folder"),
        completion: .directory)
    var store: String?

    @Option(help: ArgumentHelp("The least severe messages that are written to standard error.", valueName: "level"))
    var logLevel: Logger.Level = .notice

    func run() async throws {
        try await Self.reporting {
            let server = InteropServer(role: role, listen: listen, logLevel: logLevel)
            switch role {
            case .client:
                try await server.withRequester { requester in
                    try await server.serve(TestClient(requester: requester), resources: NoResources())
                }
            case .collector:
                try await server.withRequester { requester in
                    try await server.serve(
                        TestCollector(requester: requester, work: server.work), resources: NoResources())
                }
            case .leader, .helper:
                try await serveAggregator(server)
            }
        }
    }
}

/// The roles as they are named on the command line.
enum InteropRole: String, CaseIterable, ExpressibleByArgument {
    case client, leader, helper, collector
}
