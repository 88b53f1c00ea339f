import CPopulusClient
import PopulusDAP
import PopulusKernels
import PopulusReportMaking
import PopulusVDAF
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One task's client: what is behind `populus_client`.
final class Client: Sendable {
    let task: ReportTask
    let leaderKeysAddress: CText
    let helperKeysAddress: CText
    private let state = Mutex(State())

    private struct State {
        var hasConsent = false
        /// Whether a string that the task cannot take is reported as another one.
        var reportsOthers = false
        var leader = AggregatorKeys()
        var helper = AggregatorKeys()
        var queue: ReportQueue?

        subscript(aggregator: populus_client_aggregator) -> AggregatorKeys {
            get { aggregator == POPULUS_CLIENT_LEADER ? leader : helper }
            set { if aggregator == POPULUS_CLIENT_LEADER { leader = newValue } else { helper = newValue } }
        }
    }

    init(_ task: ReportTask) {
        self.task = task
        leaderKeysAddress = CText(task.leaderKeysURL)
        helperKeysAddress = CText(task.helperKeysURL)
    }

    /// Does something with the state while no other call does; what comes of it is handed out.
    private func locked<Value: Sendable>(
        _ body: (inout sending State) throws(ClientFailure) -> sending Value
    ) throws(ClientFailure) -> Value {
        try state.withLock(body)
    }

    // MARK: Consent and keys

    func setConsent(_ given: Bool) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in
            // What was to be erased and is still there must not go when consent is given again.
            state.hasConsent = false
            if !given || state.queue?.isToBeErased == true { try state.queue?.erase() }
            state.hasConsent = given
        }
    }

    func setOthers(_ reported: Bool) throws(ClientFailure) {
        guard !reported || task.measurementOfOther != nil else {
            throw .badTask("it has no code word for other strings")
        }
        try locked { state throws(ClientFailure) in state.reportsOthers = reported }
    }

    func pin(_ key: [UInt8], of aggregator: populus_client_aggregator) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in
            state[aggregator].pinned.append(key)
            state[aggregator].current = nil
        }
    }

    func setKeys(
        _ list: [UInt8], of aggregator: populus_client_aggregator, lifetime: UInt64
    ) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in try state[aggregator].set(list, lifetime: lifetime) }
    }

    // MARK: Reports

    /// The report of a measurement, which is sealed with the keys that there are.
    private func make(_ text: [UInt8], _ state: borrowing State) throws(ClientFailure) -> Report {
        let leader = try state.leader.usable(of: "Leader"), helper = try state.helper.usable(of: "Helper")
        let measurement = try task.measurement(saying: text, otherwise: state.reportsOthers)
        var rand = SystemRandomness.bytes(task.randSize)
        defer { rand.wipe() }
        do throws(ReportMakingError) {
            return try task.report(
                of: measurement, id: ReportID.random(), rand: rand, secondsSinceEpoch: Clock.secondsSinceEpoch,
                leader: leader, helper: helper, sealing: BoringSSLSealing())
        } catch {
            throw error.failure
        }
    }

    private static func checkConsent(_ state: borrowing State) throws(ClientFailure) {
        guard state.hasConsent else {
            throw ClientFailure(
                POPULUS_CLIENT_NO_CONSENT, "there is no consent: call populus_client_set_consent when there is")
        }
    }

    func makeReport(_ text: [UInt8]) throws(ClientFailure) -> Report {
        try locked { state throws(ClientFailure) in
            try Self.checkConsent(state)
            return try make(text, state)
        }
    }

    // MARK: The queue

    func openQueue(in folder: String, limits: QueueLimits) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in
            guard state.queue == nil else { throw ClientFailure(POPULUS_CLIENT_QUEUE_IN_USE, "a queue is open") }
            var queue = try ReportQueue(in: folder, of: task.taskID, limits: limits)
            if !state.hasConsent { try queue.erase() }
            state.queue = queue
        }
    }

    /// - Parameter isDefault: whether nothing is to happen where the window has a report.
    func enqueue(_ text: [UInt8], isDefault: Bool) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in
            try Self.checkConsent(state)
            let now = Clock.secondsSinceEpoch
            guard var queue = state.queue else { throw Self.noQueue }
            // What changes is kept also where the report is refused.
            defer { state.queue = queue }
            queue.window.move(to: now)
            if isDefault, queue.window.count > 0 { return }
            try queue.checkRoom(for: task.reportSize)
            try queue.add(try make(text, state))
        }
    }

    func nextReport() throws(ClientFailure) -> (id: ReportID, bytes: [UInt8])? {
        try locked { state throws(ClientFailure) in
            try Self.checkConsent(state)
            guard state.queue != nil else { throw Self.noQueue }
            return try state.queue?.next()
        }
    }

    func reportWasSent(_ id: ReportID) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in
            guard state.queue != nil else { throw Self.noQueue }
            try state.queue?.remove(id)
        }
    }

    func reportWasNotSent(_ id: ReportID) throws(ClientFailure) {
        try locked { state throws(ClientFailure) in
            guard state.queue != nil else { throw Self.noQueue }
            try state.queue?.takeBack(id)
        }
    }

    func queueCount() throws(ClientFailure) -> UInt64 {
        try locked { state throws(ClientFailure) in
            guard let queue = state.queue else { throw Self.noQueue }
            return queue.count
        }
    }

    private static var noQueue: ClientFailure {
        ClientFailure(POPULUS_CLIENT_NO_QUEUE, "call populus_client_open_queue first")
    }
}

/// The system's clocks.
enum Clock {
    /// What reports and windows go by.
    static var secondsSinceEpoch: UInt64 { UInt64(max(0, time(nil))) }

    /// Seconds that nobody sets, and that go on while the machine sleeps.
    static var secondsSinceStart: UInt64 {
        var now = timespec()
        guard clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return secondsSinceEpoch }
        return UInt64(now.tv_sec)
    }
}
