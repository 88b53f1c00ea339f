import Foundation
import PopulusDAP

/// Any answer of the test API: a status, and what belongs to the endpoint.
package struct Answer: Codable, Hashable, Sendable {
    package enum Status: String, Codable, Sendable {
        case success, error, complete
        case inProgress = "in progress"
    }

    package var status: Status
    package var error: String?
    package var endpoint: String?
    package var collectorHpkeConfig: Blob?
    package var handle: String?
    package var batchID: BatchID?
    package var reportCount: UInt64?
    package var intervalStart: UInt64?
    package var intervalDuration: UInt64?
    package var result: ResultObject?
    /// Our addition: the report that an upload with `"send": false` made.
    package var report: Blob?
    /// Our addition: the walk that a collection is a step of.
    package var walkID: WalkID?
    /// Our addition: the encoded configuration of an aggregator's task.
    package var taskConfiguration: Blob?

    private enum CodingKeys: String, CodingKey {
        case status, error, endpoint, handle, result, report
        case collectorHpkeConfig = "collector_hpke_config"
        case batchID = "batch_id"
        case reportCount = "report_count"
        case intervalStart = "interval_start"
        case intervalDuration = "interval_duration"
        case walkID = "walk_id"
        case taskConfiguration = "task_configuration"
    }

    package init(_ status: Status, error: String? = nil) {
        self.status = status
        self.error = error
    }

    package static let success = Answer(.success)

    /// The JSON object; members without a value are left out.
    package func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and numbers always have a JSON form.
        return (try? encoder.encode(self)).map { [UInt8]($0) } ?? Array(#"{"status":"error"}"#.utf8)
    }
}
