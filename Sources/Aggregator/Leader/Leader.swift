import Logging
import PopulusDAP
import Synchronization

/// The Leader of one task: takes reports in, aggregates them with the Helper, gives the Collector its results.
///
/// - `Leader+Upload`: where a report's bytes enter.
/// - `Leader+CollectionJobs`: where the Collector's requests are checked, answered, deleted; where they fail.
/// - `Leader+Run`: what makes collections go on, whatever interrupted them.
/// - ``LeaderStrategy``: what a collection of the task's kind is: ``WalkLeader``, ``BatchLeader``. There shares are opened and
///   verified, and a level or a batch is summed.
/// - `LeaderStrategy+Release`: where an answer leaves; the bounds, the noise and the seal are ``Release``'s.
/// - `HelperLink`: how the Helper is asked.
///
/// All of its state in memory can be rebuilt from the store.
package final class Leader: LeaderService, AggregatorPart {
    package let core: AggregatorCore
    package let watch: PeerWatch
    let strategy: any LeaderStrategy
    /// Requests that poll a collection job.
    let pollers = Waiters<ResourceID>()
    /// Collection jobs with something to do.
    let wakes = AsyncStream.makeStream(of: ResourceRecord.self)
    /// Collection jobs that are being worked on: each once.
    let driven = Mutex<Set<ResourceID>>([])
    let waiting = WaitingCount()

    package init(
        task: AggregatorTask, store: any TaskStore, peer: any HelperPeer, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) {
        core = try AggregatorCore(task, as: .leader, store: store, settings: settings, machine: machine)
        let link = HelperLink(peer, core)
        watch = link.watch
        switch task.kind {
        case .walk: strategy = try WalkLeader(core, link)
        case .batch: strategy = BatchLeader(core, link)
        }
    }
}
