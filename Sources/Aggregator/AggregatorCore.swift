import Logging
import PopulusDAP

/// What every aggregator of a task has, of either role and of either kind.
package struct AggregatorCore: Sendable {
    package let task: AggregatorTask
    package let settings: AggregatorSettings
    let store: any TaskStore
    let machine: Machine
    /// What goes wrong again and again.
    package let troubles: Troubles
    /// The accounts of the task's walks, if it walks.
    package let accounts: WalkAccounts
    /// Which of the task's work is this process's.
    let claims: Claims
    /// What is seen of the task's work, for `/metrics`.
    let meter = TaskMeter()
    let storeMeter = StoreMeter()

    /// - Throws: `.problem` for a task of another role.
    init(
        _ task: AggregatorTask, as role: Role, store: any TaskStore, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) {
        guard task.role == role else { throw .invalidMessage("the task's role is not \(role)") }
        let store = MeteredStore(store: store, meter: storeMeter)
        (self.task, self.store, self.machine) = (task, store, machine)
        self.settings = settings.over(store)
        troubles = Troubles(of: task.id, clock: machine.clock, logger: machine.logger)
        accounts = WalkAccounts(machine.budget)
        claims = Claims(store)
    }
}

/// A part of an aggregator: it works on the task's store, and tells its errors as this module's.
package protocol AggregatorPart: Sendable {
    var core: AggregatorCore { get }
}

extension AggregatorPart {
    package var task: AggregatorTask { core.task }
    package var settings: AggregatorSettings { core.settings }
    package var troubles: Troubles { core.troubles }
    package var accounts: WalkAccounts { core.accounts }
    var store: any TaskStore { core.store }
    var claims: Claims { core.claims }
    package var moved: MovedWork { core.claims.moved }
    var clock: any AggregatorClock { core.machine.clock }
    var logger: Logger { core.machine.logger }
    var work: WorkPool { core.machine.work }
    var driver: Driver { Driver(core) }

    /// The keys that clients seal their shares to.
    package func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }

    /// Sees that no key is missing, before reports are looked at.
    ///
    /// - Throws: `store` where that cannot be found out now; the same request may come again.
    func checkKeys() async throws(AggregatorError) {
        guard await task.receiver.isCurrent() else {
            throw .store(.unreachable("what other servers of the role have changed is not known"))
        }
    }

    /// How many reports were turned away, by reason and by where it showed.
    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await reading("report counts") { try $0.reportCounts() }
    }

    func reading<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws(AggregatorError) -> T {
        do { return try await store.read(name, body) } catch { throw AggregatorError(wrapping: error) }
    }

    func writing<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope = .task,
        _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws(AggregatorError) -> T {
        do { return try await store.write(name, scope, body) } catch { throw AggregatorError(wrapping: error) }
    }
}
