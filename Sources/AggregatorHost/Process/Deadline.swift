import Foundation
import Logging
import ServiceLifecycle

/// Ends the process if something hangs on after a signal.
///
/// Every acknowledged state is on disk by then.
struct Deadline: Service {
    let time: Duration
    let logger: Logger

    init(after time: Duration, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func run() async throws {
        try await gracefulShutdown()
        let (time, logger) = (time, logger)
        Task.detached {
            try await Task.sleep(for: time)
            logger.notice("ended with work in flight, which goes on after the next start")
            exit(0)
        }
    }
}
