import Dispatch
import Foundation
import Logging

/// SIGHUP, which a closing terminal sends, and by which people ask other servers to read their files again.
///
/// A server of ours goes on. There is nothing to read again: a task's file is read once, at the start.
package enum Hangup {
    /// Has the signal do nothing but a line in the log; what `nohup` has ignored stays ignored, without one.
    ///
    /// - Returns: what has to be kept for as long as the server runs.
    package static func ignore(_ logger: Logger) -> (any DispatchSourceSignal)? {
        let previous = signal(SIGHUP, SIG_IGN)
        guard unsafeBitCast(previous, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else { return nil }
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler {
            logger.notice("SIGHUP: nothing to reload; SIGTERM ends the server, a changed task file needs a new start")
        }
        source.resume()
        return source
    }
}
