import PopulusDAP

/// An aggregator of one task, as its routes see it, whatever its role.
package protocol AggregatorService: Sendable {
    var task: AggregatorTask { get }
    var settings: AggregatorSettings { get }
    /// What goes wrong again and again.
    var troubles: Troubles { get }

    /// The keys that clients seal their shares to.
    func hpkeConfigList() -> HpkeConfigList

    /// How many reports were turned away, by reason and by where it showed.
    func reportCounts() async throws(AggregatorError) -> [ReportCount]

    /// What its transactions took; told whether or not the store answers now.
    var storeMeter: StoreMeter? { get }

    /// What an operator may see of the task's work, for `/metrics`.
    func figures() async throws(AggregatorError) -> TaskFigures

    /// How far the task's work is, for who has a token of it.
    ///
    /// Spec: <doc:TaskStatuses>
    func status() async throws(AggregatorError) -> TaskStatus

    /// The aggregator's own work: call it once; it ends when the calling task is cancelled.
    func run() async throws(AggregatorError)
}
