#if PostgreSQL
import CPostgreSQL
import Logging

/// Has what the server says beside its answers go to the log: libpq would write it to standard error.
final class PostgreSQLNotices {
    private let logger: Logger?

    init(_ logger: Logger?) { self.logger = logger }

    /// - Parameter connection: one that ends before this object does.
    func attach(to connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { sink, result in
                guard let sink else { return }
                Unmanaged<PostgreSQLNotices>.fromOpaque(sink).takeUnretainedValue().take(result)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func take(_ result: OpaquePointer?) {
        let severity = PQresultErrorField(result, Int32(UInt8(ascii: "V"))).map { String(cString: $0) }
        let error = PostgreSQLError(result, isLost: false)
        logger?.log(level: severity == "WARNING" ? .warning : .debug, "PostgreSQL says: \(error)")
    }
}
#endif
