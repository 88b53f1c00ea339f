import AggregatorServer
import ServiceLifecycle

/// Has a process say that it is not ready as soon as it is told to stop.
struct ReadinessEnd: Service {
    let readiness: Readiness

    func run() async throws {
        try await gracefulShutdown()
        readiness.stop()
    }
}
