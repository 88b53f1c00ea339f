import PopulusDAP
import PopulusKernels
import PopulusReportMaking
import PopulusVDAF
import PopulusWireCodec

extension ClientCore {
    /// Makes a report, seals it and keeps it.
    func report(_ value: ReportValue) async throws(PopulusClient.Failure) {
        guard !isClosed else { throw .closed }
        guard consent == .given else { throw .noConsent }
        let measurement = try task.measurement(of: value)
        try openQueue()
        try checkRoom()
        let begun = generation
        let keys = try await sealingKeys()
        environment.step(.keysAreThere)
        guard !isClosed else { throw .closed }
        guard begun == generation, consent == .given else { throw .noConsent }
        guard !Task.isCancelled else { throw .cancelled }
        try openQueue()
        try endWindow(keys)
        try checkRoom()
        try accept(measurement, keys)
        environment.step(.accepted)
        ring()
    }

    /// - Throws: `queueFull`, `capReached`.
    private func checkRoom() throws(PopulusClient.Failure) {
        guard var queue else { throw .closed }
        guard hasRoom(queue) else { throw .queueFull }
        guard let cap = options.cap else { return }
        var state = queue.state
        _ = state.enter(now, seconds: cap.seconds)
        guard state.count < cap.reports else {
            // The window may be another one's, of a clock that was wrong or of another cap: this one has an end. Where that
            // cannot be kept the next call does it.
            _ = try? queue.set(state)
            self.queue = queue
            throw .capReached(cap)
        }
    }

    private func hasRoom(_ queue: ReportQueue) -> Bool {
        queue.entries.count < options.mostWaiting && queue.bytes + task.reports.reportSize <= options.mostBytes
    }

    /// The cap's count is on the disk before the report is: what ends in between may cost one report, and never grants one.
    private func accept(_ measurement: VdafMeasurement, _ keys: SealingKeys) throws(PopulusClient.Failure) {
        guard var queue else { throw .closed }
        defer { self.queue = queue }
        let report = try sealed(measurement, keys)
        environment.step(.sealed)
        let before = queue.state
        var state = before
        if options.cap != nil { state.count += 1 }
        do throws(QueueFileError) {
            try queue.set(state)
            try queue.add(report, accepted: now)
        } catch {
            // Where this fails too, the window has one report less.
            _ = try? queue.set(before)
            throw PopulusClient.Failure(error)
        }
        beginWaiting(queue)
    }

    private func sealed(
        _ measurement: VdafMeasurement, _ keys: SealingKeys
    ) throws(PopulusClient.Failure) -> [UInt8] {
        var rand = SystemRandomness.bytes(task.reports.randSize)
        defer { rand.wipe() }
        do throws(ReportMakingError) {
            return try task.reports.report(
                of: measurement, id: .random(), rand: rand, secondsSinceEpoch: UInt64(max(0, now)),
                leader: keys.leader, helper: keys.helper, sealing: LibrarySealing()
            ).encoded()
        } catch {
            guard case .sealing = error else { throw .notOfTheTask(task.taken) }
            // Keys were looked at when they came: what cannot be sealed to is no server's.
            throw .noKeys(.strange(.leader, status: 200))
        }
    }

    /// A report that has nobody before it waits for a random time.
    private func beginWaiting(_ queue: ReportQueue) {
        if queue.entries.count == 1 { notBefore = max(notBefore, now + options.spread * environment.chance()) }
    }

    // MARK: Windows

    /// Goes to the window of now, and makes the default report of one that has ended without a report.
    ///
    /// - Parameter keys: nothing where they are not at hand.
    /// - Returns: whether keys are needed for that; then nothing has changed.
    @discardableResult
    func endWindow(_ keys: SealingKeys?) throws(PopulusClient.Failure) -> Bool {
        guard let cap = options.cap, var queue else { return false }
        defer { self.queue = queue }
        var state = queue.state
        let wasSilent = state.enter(now, seconds: cap.seconds)
        guard wasSilent, consent == .given, let value = options.defaultReport else {
            do throws(QueueFileError) { try queue.set(state) } catch { throw PopulusClient.Failure(error) }
            return false
        }
        guard let keys else { return true }
        let report = try sealed(task.measurement(of: ReportValue(value)), keys)
        let hasRoom = hasRoom(queue)
        do throws(QueueFileError) {
            // The window first: what ends in between costs a default report, and never makes a second one.
            try queue.set(state)
            if hasRoom { try queue.add(report, accepted: now) }
        } catch {
            throw PopulusClient.Failure(error)
        }
        if hasRoom { beginWaiting(queue) }
        tell(hasRoom ? .madeDefaultReport : .noDefaultReport(.queueFull))
        return false
    }
}
