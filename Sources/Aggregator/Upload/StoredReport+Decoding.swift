import DAP
import WireCodec

extension WireCodable {
    /// Decodes what a store holds.
    ///
    /// - Throws: `StoreError.damaged`.
    init(stored bytes: [UInt8]) throws(StoreError) {
        do { try self.init(decoding: bytes) } catch { throw .damaged("\(Self.self)") }
    }
}

extension StoredReport {
    /// The upload, its parts copied out.
    var report: Report {
        get throws(StoreError) { try Report(stored: body) }
    }

    /// The upload in its parts, of which none is copied out.
    var slices: ReportSlices {
        get throws(StoreError) {
            do { return try ReportSlices(decoding: body) } catch { throw .damaged("upload") }
        }
    }
}
