import PopulusDAP

extension StoredReport {
    /// The upload, its parts copied out.
    var report: Report {
        get throws(StoreError) { try Report(stored: body, "upload") }
    }

    /// The upload in its parts, of which none is copied out.
    var slices: ReportSlices {
        get throws(StoreError) {
            do { return try ReportSlices(decoding: body) } catch { throw .damaged("upload") }
        }
    }
}
