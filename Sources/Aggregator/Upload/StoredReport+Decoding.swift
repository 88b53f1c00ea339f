import PopulusDAP

extension StoredReport {
    /// The upload, its parts copied out.
    var report: Report {
        get throws(StoreError) {
            do { return try Report(decoding: bytes) } catch { throw .damaged("upload") }
        }
    }

    /// The upload in its parts, of which none is copied out.
    var slices: ReportSlices {
        get throws(StoreError) {
            do { return try ReportSlices(decoding: bytes) } catch { throw .damaged("upload") }
        }
    }
}
