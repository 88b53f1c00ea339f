import Foundation
import Logging
import PopulusTLS
import ServiceLifecycle
import Synchronization

/// Something that is made of files of certificates, and what it is for.
package struct WatchedTLS: Sendable {
    let name: String
    let tls: any ReloadableTLS

    /// - Parameter name: what it is for, for the log.
    package init(_ name: String, _ tls: any ReloadableTLS) { (self.name, self.tls) = (name, tls) }
}

/// Reads files of certificates again: where they have changed, and when somebody asks for it by SIGHUP.
///
/// Connections go on with what they began with. A file that cannot be used is told in the log, and changes nothing.
struct CertificatePatrol: Service {
    /// How often the files are looked at.
    ///
    /// They are used where they are the same twice, so within two of these.
    private static let interval = Duration.seconds(5)
    /// How often an operator is reminded of a certificate that is of no use, or not for long.
    private static let reminder = 86_400.0

    private let watched: [WatchedTLS]
    private let hangups: AsyncStream<Void>?
    private let logger: Logger
    private let reminded = Reminders()

    /// - Parameter hangups: each asks for all files to be read at once.
    init(_ watched: [WatchedTLS], hangups: AsyncStream<Void>?, logger: Logger) {
        (self.watched, self.hangups, self.logger) = (watched, hangups, logger)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        for one in watched { look(at: one, waits: true) }
                        // Ends early when it is cancelled, which the loop sees.
                        try? await Task.sleep(for: Self.interval)
                    }
                }
                group.addTask { await hear() }
            }
        }
    }

    private func hear() async {
        guard let hangups else { return }
        for await _ in hangups {
            guard !watched.isEmpty else {
                logger.notice(
                    "SIGHUP: nothing to reload; SIGTERM ends the server, a changed task file needs a new start")
                continue
            }
            let news = watched.count { look(at: $0, waits: false) }
            if news == 0 {
                logger.notice("SIGHUP: the files of certificates are the same; a changed task file needs a new start")
            }
        }
    }

    /// - Returns: whether there was something to tell of the files.
    @discardableResult
    private func look(at one: WatchedTLS, waits: Bool) -> Bool {
        let news = one.tls.reload(waits: waits)
        switch news {
        case .taken(let what):
            logger.notice("new files of certificates are used", metadata: ["for": "\(one.name)", "now": "\(what)"])
        case .refused(let error):
            logger.error(
                "new files of certificates cannot be used, the old ones stay: \(error)",
                metadata: ["for": "\(one.name)"])
        case nil: break
        }
        let now = Date()
        if let warning = one.tls.warning(at: now), reminded.isDue(one.name, at: now, every: Self.reminder) {
            logger.warning("the certificate \(warning)", metadata: ["for": "\(one.name)"])
        }
        return news != nil
    }
}

/// When an operator was reminded last, by name.
private final class Reminders: Sendable {
    private let told = Mutex<[String: Date]>([:])

    func isDue(_ name: String, at now: Date, every seconds: Double) -> Bool {
        told.withLock { told in
            if let last = told[name], now.timeIntervalSince(last) < seconds { return false }
            told[name] = now
            return true
        }
    }
}
