import Dispatch
import Foundation

/// SIGHUP, which a closing terminal sends, and by which people ask servers to read their files again.
///
/// A server of ours goes on. What it reads again is for ``CertificatePatrol``.
package final class Hangup {
    /// Each signal; several that come at once are one.
    package let signals: AsyncStream<Void>
    /// Kept for as long as signals are to be heard.
    private let source: (any DispatchSourceSignal)?

    /// Has the signal end nothing any more; what `nohup` has ignored stays ignored, and is not heard.
    package init() {
        let (signals, heard) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.signals = signals
        let previous = signal(SIGHUP, SIG_IGN)
        guard unsafeBitCast(previous, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
            source = nil
            return
        }
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { heard.yield() }
        source.resume()
        self.source = source
    }
}
