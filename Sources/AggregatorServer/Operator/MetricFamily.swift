/// Every family of metrics: its name, what Prometheus calls its kind, its labels, and what it says.
///
/// No label tells a prefix, a client, a report or a token, and none tells the level of a walk that goes on. The table
/// *Metrics* of the operator's guide has the same families; a test compares them.
package enum MetricFamily: String, CaseIterable, Sendable {
    // The process.
    case buildInfo = "populus_build_info"
    case ready = "populus_ready"
    case requests = "populus_http_requests_total"
    case requestDuration = "populus_http_request_duration_seconds"
    case storeBytes = "populus_store_bytes"
    case storeFreeBytes = "populus_store_free_bytes"
    case transactionDuration = "populus_store_transaction_duration_seconds"
    case transactionRetries = "populus_store_transaction_retries_total"
    case transactionFailures = "populus_store_transaction_failures_total"
    case stateBytes = "populus_state_bytes"
    case stateDropped = "populus_state_dropped_total"
    case cpuSeconds = "process_cpu_seconds_total"
    case residentBytes = "process_resident_memory_bytes"
    case openFiles = "process_open_fds"
    case greatestOpenFiles = "process_max_fds"
    case startTime = "process_start_time_seconds"
    // A task.
    case taskUp = "populus_task_up"
    case taskClosed = "populus_task_closed"
    case peerUp = "populus_peer_up"
    case peerFailures = "populus_peer_failures_total"
    case troubles = "populus_troubles_total"
    case accepted = "populus_reports_accepted_total"
    case rejected = "populus_reports_rejected_total"
    case rejectedByParty = "populus_reports_rejected_by_party_total"
    case refusedUploads = "populus_uploads_refused_total"
    case waiting = "populus_reports_waiting"
    case leastBatch = "populus_batch_least_reports"
    case oldestWaiting = "populus_oldest_waiting_report_age_seconds"
    case keyUse = "populus_key_reports_total"
    case expired = "populus_expired_total"
    case keyOffered = "populus_key_offered"
    case jobs = "populus_jobs"
    case oldestJob = "populus_oldest_job_age_seconds"
    case jobsEnded = "populus_jobs_ended_total"
    case collectionDuration = "populus_collection_duration_seconds"
    case shardDuration = "populus_shard_duration_seconds"
    case stepCandidates = "populus_step_candidates"
    case stepReports = "populus_step_reports"
    case rebuilding = "populus_rebuild_seconds_total"
    // One of several processes.
    case replicas = "populus_replicas"
    case replicaUp = "populus_replica_up"
    case passedOn = "populus_passed_on_total"
    case passedOnFailures = "populus_passed_on_failures_total"
    case takenOver = "populus_taken_over_total"

    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package var kind: Kind {
        switch self {
        case .requestDuration, .transactionDuration, .collectionDuration, .shardDuration, .stepCandidates, .stepReports:
            .histogram
        case _ where rawValue.hasSuffix("_total"): .counter
        default: .gauge
        }
    }

    package var labels: [String] {
        switch self {
        case .buildInfo: ["version", "commit", "role"]
        case .requests: ["task", "operation", "status"]
        case .requestDuration: ["operation"]
        case .storeBytes, .storeFreeBytes: ["part"]
        case .transactionDuration, .transactionRetries, .transactionFailures: ["kind"]
        case .stateBytes: ["place"]
        case .troubles: ["task", "trouble"]
        case .rejected: ["task", "reason", "point", "step", "level"]
        case .rejectedByParty: ["task", "party", "reason"]
        case .refusedUploads: ["task", "reason"]
        case .keyUse, .keyOffered: ["task", "key"]
        case .expired: ["task", "kind"]
        case .jobs: ["task", "kind", "state"]
        case .oldestJob, .collectionDuration, .shardDuration: ["task", "kind"]
        case .jobsEnded: ["task", "outcome"]
        case .replicaUp: ["address"]
        case .ready, .stateDropped, .cpuSeconds, .residentBytes, .openFiles, .greatestOpenFiles, .startTime, .replicas:
            []
        case .taskUp, .taskClosed, .peerUp, .peerFailures, .accepted, .waiting, .leastBatch, .oldestWaiting,
            .stepCandidates, .stepReports, .rebuilding, .passedOn, .passedOnFailures, .takenOver:
            ["task"]
        }
    }

    /// One sentence.
    package var help: String {
        switch self {
        case .buildInfo: "1, with the version that runs."
        case .ready: "1 while /readyz says that the process is ready, 0 while it is not."
        case .requests: "Requests answered, by task, operation and status."
        case .requestDuration: "Seconds from a request's head to its answer, held polls included, by operation."
        case .storeBytes: "Bytes of the store, by part."
        case .storeFreeBytes: "Bytes that are free on the disk of a part of the store."
        case .transactionDuration: "Seconds of a store's transactions, waiting for others included, by kind."
        case .transactionRetries: "How often a transaction was done again, by kind."
        case .transactionFailures: "Transactions that the store failed, by kind."
        case .stateBytes: "Bytes of node state that running walks keep, by place, rounded up to a power of two."
        case .stateDropped: "Node states that found no room and are computed again."
        case .cpuSeconds: "Seconds of processor time that the process has used."
        case .residentBytes: "Bytes of memory that the process has."
        case .openFiles: "Files and connections that the process has open."
        case .greatestOpenFiles: "How many of them it may have open."
        case .startTime: "When the process began, in seconds since the Epoch."
        case .taskUp: "1 for each task whose work goes on, 0 if it fails."
        case .taskClosed: "1 for each task that takes no further report, 0 if it does."
        case .peerUp: "1 for each task whose Helper answers as it should, 0 if it does not."
        case .peerFailures: "Requests to the Helper without a right answer, by task."
        case .troubles: "How often the log's lines of troubles that last came about."
        case .accepted: "Reports that were uploaded and stored, by task."
        case .rejected: "Reports turned away, by task, by reason and by where it showed."
        case .rejectedByParty: "Reports of ended walks and batches that were rejected for good, by party and reason."
        case .refusedUploads: "Upload requests without an upload token of the task."
        case .waiting: "Reports that wait for a batch, rounded down as the Collector learns it."
        case .leastBatch: "Reports that the task's least batch has."
        case .oldestWaiting: "Seconds since the time of the oldest report that waits for a batch."
        case .keyUse: "Reports that came sealed to a key, by the key's configuration ID."
        case .expired: "Reports, uploads that waited and results that went with their age, by kind."
        case .keyOffered: "1 for each key that clients are told of, 0 for one that only opens."
        case .jobs: "Jobs that have no end yet, by kind and state."
        case .oldestJob: "Seconds since the oldest job without an end began, by kind."
        case .jobsEnded: "Collections (Leader) or aggregate shares (Helper) that have ended, by outcome."
        case .collectionDuration: "Seconds that the Leader was at a collection, by kind."
        case .shardDuration:
            "Seconds of a shard's step or an aggregation job (Leader), or a message about one (Helper)."
        case .stepCandidates: "Candidates of the steps of walks that have ended."
        case .stepReports: "Reports that a step of an ended walk, or a batch, had."
        case .rebuilding: "What shards took to be made again: segments, and steps without node state."
        case .replicas: "Processes of this role that live, by the store's clock."
        case .replicaUp: "1 for each process of this role that lives, 0 for one that is known still."
        case .passedOn: "Requests passed on to the process that has their job, by task."
        case .passedOnFailures: "Those of them that the other process did not answer, by task."
        case .takenOver: "Work taken over from processes that died or ended, by task."
        }
    }
}
