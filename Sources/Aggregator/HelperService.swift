import DAP

/// The Helper of one task, as its routes see it: ``Helper``.
package protocol HelperService: Sendable {
    var task: AggregatorTask { get }
    var settings: AggregatorSettings { get }

    /// The keys that clients seal their shares to.
    func hpkeConfigList() -> HpkeConfigList

    /// How many reports were turned away, by reason and by where it showed.
    func reportCounts() async throws(AggregatorError) -> [ReportCount]

    /// Takes an `AggregationJobInitReq`.
    ///
    /// The same bytes get the same answer.
    ///
    /// Spec: DAP §4.5.3.2
    func createAggregationJob(body: [UInt8]) async throws(AggregatorError) -> AggregationJobAnswer

    /// The answer to a job's request for `step`, DAP's: 0 for its creation.
    ///
    /// Without a step the latest answer, for a task with walks: their later messages have no such number.
    ///
    /// Spec: DAP §4.5.3.2; <doc:WalkExtension>
    func aggregationJob(id: AggregationJobID, step: UInt16?) async throws(AggregatorError) -> AggregationJobAnswer

    /// Takes an `AggregationJobContinueReq`, or a message of the walk extension.
    ///
    /// Spec: DAP §4.5.4.2
    func postAggregationJob(
        id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer

    /// What goes wrong again and again.
    var troubles: Troubles { get }

    /// How far the task's work is, for who has a token of it.
    ///
    /// Spec: <doc:TaskStatuses>
    func status() async throws(AggregatorError) -> TaskStatus

    func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError)

    /// Takes an `AggregateShareReq` or a `WalkAggregateShareReq`.
    ///
    /// The same bytes get the same answer.
    ///
    /// Spec: DAP §4.6.4
    func createAggregateShare(mediaType: MediaType, body: [UInt8]) async throws(AggregatorError) -> AggregateShareAnswer

    func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer

    func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError)

    /// The Helper's own work: call it once; it ends when the calling task is cancelled.
    func run() async throws(AggregatorError)
}

extension AggregatorTask {
    /// The task's Helper.
    package func makeHelper(
        store: any TaskStore, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) -> any HelperService {
        try Helper(task: self, store: store, settings: settings, machine: machine)
    }
}
