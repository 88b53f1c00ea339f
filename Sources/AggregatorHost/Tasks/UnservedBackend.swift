import Aggregator
import AggregatorServer
import PopulusDAP

/// What stands behind a task whose store could not be opened: it has its place and its keys, and does no work.
///
/// Who asks for it hears that it is not served for now. "No such task" would end the other side's work on it for good.
struct UnservedBackend: Backend {
    let role: Role
    let task: TaskID
    /// Its keys; nothing where they do not decode.
    let receiver: HpkeReceiver?
    let reason: StoreError

    func hpkeConfigList() -> HpkeConfigList { receiver?.configList ?? HpkeConfigList(configs: []) }

    func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer { throw .store(reason) }

    func reportCounts() async throws(AggregatorError) -> [ReportCount] { [] }
}
