import PopulusDAP

/// `/internal/test/upload`: what the Client turns into a report.
package struct UploadCommand: Decodable, Sendable {
    package let task: TaskObject
    package let measurement: MeasurementObject
    /// Seconds since the Epoch, instead of the clock's.
    package let time: UInt64?
    /// Our addition: `false` returns the report and does not send it.
    package let send: Bool

    private enum CodingKeys: String, CodingKey {
        case measurement, time, send
    }

    package init(from decoder: any Decoder) throws {
        task = try TaskObject(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        measurement = try container.decode(MeasurementObject.self, forKey: .measurement)
        time = try container.decodeIfPresent(UInt64.self, forKey: .time)
        send = try container.decodeIfPresent(Bool.self, forKey: .send) ?? true
    }
}

/// An aggregator's role in requests.
package enum AggregatorRole: String, Decodable, Sendable {
    case leader, helper

    var role: Role { self == .leader ? .leader : .helper }
}

/// `/internal/test/endpoint_for_task`: asks an aggregator for the base URL of a task to come.
package struct EndpointCommand: Decodable, Sendable {
    package let taskID: TaskID
    package let role: AggregatorRole
    package let hostname: String?

    private enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case role, hostname
    }
}

/// `/internal/test/add_task` at an aggregator.
package struct AggregatorTaskCommand: Decodable, Hashable, Sendable {
    package let task: TaskObject
    package let role: AggregatorRole
    package let leaderToken: String
    /// The Leader needs it.
    package let collectorToken: String?
    package let verifyKey: Blob
    /// Our addition: the identifier under which aggregation jobs name the verification key.
    package let verificationKeyID: UInt8
    /// Of the draft; DAP-18 aggregates a report once.
    package let maxBatchQueryCount: UInt64?
    package let collectorHpkeConfig: Blob

    private enum CodingKeys: String, CodingKey {
        case role
        case leaderToken = "leader_authentication_token"
        case collectorToken = "collector_authentication_token"
        case verifyKey = "vdaf_verify_key"
        case verificationKeyID = "verification_key_id"
        case maxBatchQueryCount = "max_batch_query_count"
        case collectorHpkeConfig = "collector_hpke_config"
    }

    package init(from decoder: any Decoder) throws {
        task = try TaskObject(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        role = try container.decode(AggregatorRole.self, forKey: .role)
        leaderToken = try container.decode(String.self, forKey: .leaderToken)
        collectorToken = try container.decodeIfPresent(String.self, forKey: .collectorToken)
        verifyKey = try container.decode(Blob.self, forKey: .verifyKey)
        verificationKeyID = try container.decodeIfPresent(UInt8.self, forKey: .verificationKeyID) ?? 0
        maxBatchQueryCount = try container.decodeIfPresent(UInt64.self, forKey: .maxBatchQueryCount)
        collectorHpkeConfig = try container.decode(Blob.self, forKey: .collectorHpkeConfig)
    }
}

/// `/internal/test/add_task` at the Collector.
package struct CollectorTaskCommand: Decodable, Sendable {
    package let task: TaskObject
    package let collectorToken: String

    private enum CodingKeys: String, CodingKey {
        case collectorToken = "collector_authentication_token"
    }

    package init(from decoder: any Decoder) throws {
        task = try TaskObject(from: decoder)
        collectorToken = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .collectorToken)
    }
}

/// `/internal/test/collection_start`: what the Collector asks the Leader for.
package struct CollectionCommand: Decodable, Sendable {
    package let taskID: TaskID
    /// Absent counts as empty.
    package let aggregationParameter: Blob?
    package let query: QueryObject
    /// Our addition, for walk tasks: which walk this is a step of.
    package let walkID: WalkID?
    /// Our addition, for walk tasks: counted from 0.
    package let step: UInt16?

    private enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case query, step
        case aggregationParameter = "agg_param"
        case walkID = "walk_id"
    }
}

/// `/internal/test/collection_poll`: asks what became of a collection.
package struct PollCommand: Decodable, Sendable {
    package let handle: String
}

/// `/internal/test/task_configuration`, our addition: asks an aggregator what it was told of a task.
package struct ConfigurationCommand: Codable, Sendable {
    package let taskID: TaskID

    private enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
    }
}
