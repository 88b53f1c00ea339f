import Aggregator
import PopulusDAP

extension StoreTransaction {
    /// Stores one upload.
    func upload(
        _ id: ReportID, time: UInt64 = 1, _ body: [UInt8], in queue: UploadQueue = .open
    ) throws -> UploadOutcome {
        try insertReports([NewUpload(id, time: time, body: body)], in: queue)[0]
    }

    /// Binds one report that was not uploaded, to a job's first place.
    func bind(_ id: ReportID, time: UInt64, job: Int64, keyID: UInt8) throws -> Bool {
        try bindReports([ReportToBind(id, time: time, ordinal: 0)], job: job, keyID: keyID) == [true]
    }
}
