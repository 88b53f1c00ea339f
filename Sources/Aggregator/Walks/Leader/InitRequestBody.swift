import PopulusDAP
import PopulusVDAF
import PopulusWireCodec

/// An `AggregationJobInitReq` that is written while its reports' shares are opened: a report's bytes pass from its upload
/// to the request and are in memory nowhere else.
///
/// The verifier shares come last, when all reports are there; they are of one size, so each has its place from the start.
package struct InitRequestBody: Sendable {
    private var bytes: [UInt8]
    /// Where each report's verifier share ends.
    private var ends: [Int] = []
    private let shareSize: Int
    /// Bytes that there is to be room for from the first report on.
    private let capacity: Int
    /// A report's payload: a message around a share of zeros.
    private let payload: [UInt8]

    /// - Parameters:
    ///   - head: the request without reports.
    ///   - shareSize: bytes of a verifier share.
    ///   - capacity: bytes of the whole request, as far as they are known.
    ///   - memory: an array without elements whose room is used.
    package init(head: AggregationJobInitReq, shareSize: Int, capacity: Int, memory: consuming [UInt8] = []) {
        // Nobody else has it then: an array that two have gets other memory where it grows.
        bytes = consume memory
        bytes += head.encoded()
        self.capacity = capacity
        self.shareSize = shareSize
        let message = PingPongMessage.initialize(verifierShare: [UInt8](repeating: 0, count: shareSize))
        var writer = WireWriter()
        writer.append(opaque32: message.encoded())
        payload = writer.bytes
    }

    /// Adds a report.
    ///
    /// Spec: DAP §4.5.3.1 (`VerifyInit`)
    package mutating func append(_ report: ReportSlices) {
        if ends.isEmpty { bytes.reserveCapacity(capacity) }
        bytes += report.head.bytes
        bytes += report.helperShareBytes
        bytes += payload
        ends.append(bytes.count)
    }

    /// The request with its verifier shares, packed in the reports' order; the body is empty afterwards.
    package mutating func finish(verifierShares: [UInt8]) -> [UInt8] {
        precondition(verifierShares.count == shareSize * ends.count, "a verifier share for each report")
        var request: [UInt8] = []
        swap(&request, &bytes)
        for (place, end) in ends.enumerated() {
            for index in 0..<shareSize { request[end - shareSize + index] = verifierShares[place * shareSize + index] }
        }
        ends = []
        return request
    }
}
