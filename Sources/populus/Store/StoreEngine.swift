import Aggregator
import Logging
import PopulusDAP

/// What the commands do with the stores of a role, whatever holds them.
protocol StoreEngine: Sendable {
    /// Where it is, for messages.
    var location: StoreLocation { get }

    /// Opens it for a server.
    ///
    /// - Parameters:
    ///   - tasks: those that are going to be served.
    ///   - sealKeys: those that its operator gives, if any.
    ///   - logger: for what its operator should know, though it can be worked with.
    ///   - onOutage: told what happens to it while it is open.
    func open(
        role: Role, holding tasks: [TaskID], sealKeys: SealKeys?, logger: Logger, onOutage: @escaping OutageObserver
    ) throws -> any ServedDatastore

    /// Where node state goes that finds no room in memory, for all tasks; nothing for a command that serves none.
    var spillDirectory: String? { get }

    /// Makes a task's store, once.
    ///
    /// - Parameters:
    ///   - earliestReportTime: reports of an earlier time are refused for ever, in seconds since the Epoch.
    ///   - sealKeys: what a new store is sealed with, if it is to be.
    /// - Returns: its full name where a link was followed, and whether it is the first one in its place.
    func create(
        _ place: StoreOptions.Place, earliestReportTime: UInt64, sealKeys: SealKeys?
    ) throws -> (name: String, isFirst: Bool)

    /// Makes a store without tasks, once.
    ///
    /// - Returns: its full name where a link was followed.
    func create(role: Role, sealKeys: SealKeys?) throws -> String

    /// What an operator may read of a task's store.
    func describe(_ place: StoreOptions.Place) throws -> StoreDescription

    /// The tasks that the store keeps itself; no server may have it open.
    func keptTasks(role: Role) throws -> [KeptTask]

    /// Goes on after a loss, for tasks of one role.
    func renew(role: Role, _ renewals: [StoreRenewal]) throws

    /// Brings the stores to this version's form where only a command may.
    ///
    /// - Returns: what was done.
    func migrate(role: Role) throws -> String

    /// Seals a store that is not sealed.
    ///
    /// - Returns: the name of the seal key.
    func seal(role: Role, with keys: SealKeys) throws -> String

    /// Has the first of some seal keys take over from another of them.
    ///
    /// - Returns: the names of both.
    func reseal(role: Role, with keys: SealKeys) throws -> (from: String, to: String)
}

/// The stores that a server has open.
protocol ServedDatastore: Datastore {
    /// What happened to it while it is open, so that nothing may be acknowledged any more; it looks.
    var outage: StoreError? { get }

    /// Whether it cannot be reached for now.
    var isAway: Bool { get }

    /// How much room it takes, of all tasks together; what cannot be found out is left out.
    func room() async -> StoreRoom

    /// Why a task cannot be opened though the others can.
    func damage(of task: TaskID) -> StoreError?
}
