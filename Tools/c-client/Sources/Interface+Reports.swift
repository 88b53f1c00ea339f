import CPopulusClient
import PopulusDAP
import PopulusKernels
import PopulusReportMaking
import PopulusWireCodec

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension populus_client_report {
    /// Fills a report that C frees: one piece of memory, the report's bytes first.
    ///
    /// - Throws: `FAILED` where there is no memory.
    fileprivate init(id: ReportID, bytes: [UInt8], task: ReportTask) throws(ClientFailure) {
        let mediaType = Array(ReportTask.uploadMediaType.utf8) + [0], address = Array(task.uploadURL.utf8) + [0]
        guard let memory = malloc(bytes.count + mediaType.count + address.count) else {
            throw ClientFailure(POPULUS_CLIENT_FAILED, "there is no memory for a report")
        }
        let start = memory.bindMemory(to: UInt8.self, capacity: bytes.count + mediaType.count + address.count)
        let mediaTypeStart = start + bytes.count, addressStart = mediaTypeStart + mediaType.count
        start.initialize(from: bytes, count: bytes.count)
        mediaTypeStart.initialize(from: mediaType, count: mediaType.count)
        addressStart.initialize(from: address, count: address.count)
        self.init()
        withUnsafeMutableBytes(of: &self.id) { $0.copyBytes(from: id.bytes) }
        self.bytes = UnsafePointer(start)
        length = bytes.count
        media_type = UnsafeRawPointer(mediaTypeStart).assumingMemoryBound(to: CChar.self)
        self.address = UnsafeRawPointer(addressStart).assumingMemoryBound(to: CChar.self)
    }
}

/// The ID of 16 bytes that C owns.
private func reportID(_ start: UnsafePointer<UInt8>?) throws(ClientFailure) -> ReportID {
    guard let id = ReportID(bytes: try bytes(start, 16, "id")) else { throw .invalidArgument("id", "has 16 bytes") }
    return id
}

/// Hands over a measurement, whose copy is wiped.
private func withMeasurement(
    _ start: UnsafePointer<UInt8>?, _ count: Int, _ body: ([UInt8]) throws(ClientFailure) -> Void
) throws(ClientFailure) {
    var measurement = try bytes(start, count, "measurement")
    defer {
        measurement.wipe()
        wipeStack()
    }
    try body(measurement)
}

/// Makes a report.
@c @implementation
public func populus_client_make_report(
    _ client: OpaquePointer?, _ measurement: UnsafePointer<UInt8>?, _ length: Int,
    _ report: UnsafeMutablePointer<populus_client_report>?, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    report?.pointee = populus_client_report()
    return answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        guard let report else { throw .invalidArgument("report") }
        try withMeasurement(measurement, length) { measurement throws(ClientFailure) in
            let made = try client.makeReport(measurement)
            report.pointee = try populus_client_report(
                id: made.metadata.reportID, bytes: made.encoded(), task: client.task)
        }
    }
}

/// Frees what a report holds.
@c @implementation
public func populus_client_report_free(_ report: UnsafeMutablePointer<populus_client_report>?) {
    guard let report else { return }
    free(UnsafeMutableRawPointer(mutating: report.pointee.bytes))
    report.pointee = populus_client_report()
}

/// Opens the queue of the client's task.
@c @implementation
public func populus_client_open_queue(
    _ client: OpaquePointer?, _ folder: UnsafePointer<CChar>?, _ limits: UnsafePointer<populus_client_limits>?,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        guard let folder else { throw .invalidArgument("folder") }
        try client.openQueue(
            in: String(cString: folder), limits: QueueLimits(limits?.pointee ?? populus_client_limits()))
    }
}

/// Makes a report and keeps it in the queue.
@c @implementation
public func populus_client_enqueue(
    _ client: OpaquePointer?, _ measurement: UnsafePointer<UInt8>?, _ length: Int,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    enqueue(client, measurement, length, isDefault: false, error)
}

/// Does the same unless the window has a report.
@c @implementation
public func populus_client_enqueue_default(
    _ client: OpaquePointer?, _ measurement: UnsafePointer<UInt8>?, _ length: Int,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    enqueue(client, measurement, length, isDefault: true, error)
}

private func enqueue(
    _ client: OpaquePointer?, _ measurement: UnsafePointer<UInt8>?, _ length: Int, isDefault: Bool,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        try withMeasurement(measurement, length) { measurement throws(ClientFailure) in
            try client.enqueue(measurement, isDefault: isDefault)
        }
    }
}

/// Gives the oldest report that is not out.
@c @implementation
public func populus_client_next_report(
    _ client: OpaquePointer?, _ report: UnsafeMutablePointer<populus_client_report>?,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    report?.pointee = populus_client_report()
    return answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        guard let report else { throw .invalidArgument("report") }
        guard let next = try client.nextReport() else {
            throw ClientFailure(POPULUS_CLIENT_NOTHING, "no report is waiting to be sent")
        }
        report.pointee = try populus_client_report(id: next.id, bytes: next.bytes, task: client.task)
    }
}

/// Takes a report out of the queue for good.
@c @implementation
public func populus_client_report_sent(
    _ client: OpaquePointer?, _ id: UnsafePointer<UInt8>?, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in try Client.of(client).reportWasSent(try reportID(id)) }
}

/// Takes back a report that could not be sent.
@c @implementation
public func populus_client_report_unsent(
    _ client: OpaquePointer?, _ id: UnsafePointer<UInt8>?, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in try Client.of(client).reportWasNotSent(try reportID(id)) }
}

/// How many reports the queue has.
@c @implementation
public func populus_client_queue_count(
    _ client: OpaquePointer?, _ count: UnsafeMutablePointer<UInt64>?,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        guard let count else { throw .invalidArgument("count") }
        count.pointee = try client.queueCount()
    }
}
