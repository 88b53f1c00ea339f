import BenchmarkSupport

/// Everything that was measured of one run.
struct ServiceReport: Codable {
    var cpu: String
    var path: String
    var cores: Int
    var reports: Int
    var strings: Int
    var exponent: Double
    var bits: Int
    var seed: UInt64
    var threshold: String
    var votes: Int
    var bitsPerStep: String
    /// Between all parties; nothing where they are as close as loopback.
    var roundTripMilliseconds: Int?
    /// One block of the fixed-key AES hash, measured after the walk.
    var nanosecondsPerBlock: Timing?
    /// One X25519, measured after the walk.
    var nanosecondsPerX25519: Timing?
    /// The disk's sequential rate with a final `fsync`, measured after the upload.
    var diskBytesPerSecond: Double?
    var upload: UploadFigures?
    var walk: WalkFigures?
    /// What the processes have used from their start to the end of the walk.
    var leader = ProcessUse()
    var helper = ProcessUse()

    init(
        cpu: String, path: String, cores: Int, reports: Int, strings: Int, exponent: Double, bits: Int, seed: UInt64,
        threshold: String, votes: Int, bitsPerStep: String, roundTripMilliseconds: Int?
    ) {
        self.roundTripMilliseconds = roundTripMilliseconds
        self.cpu = cpu
        self.path = path
        self.cores = cores
        self.reports = reports
        self.strings = strings
        self.exponent = exponent
        self.bits = bits
        self.seed = seed
        self.threshold = threshold
        self.votes = votes
        self.bitsPerStep = bitsPerStep
    }

    /// Counts what the processes used, which are to be ended.
    mutating func add(_ use: (leader: ProcessUse, helper: ProcessUse)) {
        leader.add(use.leader)
        helper.add(use.helper)
    }

    var text: String {
        var lines = [
            "\(cpu), \(cores) cores, path \(path)",
            "\(reports) reports of \(bits) bits, Zipf(\(exponent)) over \(strings) strings, seed \(seed), threshold "
                + "\(threshold) (\(votes) votes), bits per step \(bitsPerStep)",
        ]
        if let roundTripMilliseconds { lines.append("a round trip between all parties: \(roundTripMilliseconds) ms") }
        if let upload { lines += text(of: upload) }
        if let walk { lines += text(of: walk) }
        if let line = walk?.steps.first.flatMap(text(ofFirst:)) { lines.append(line) }
        lines.append("whole run:")
        for (name, use) in [("Leader", leader), ("Helper", helper)] {
            var line =
                "  \(name): CPU \(format(use.cpuSeconds, 2)) s, peak memory \(mebibytes(use.peakMemoryBytes)), written "
                + mebibytes(use.writtenBytes)
            if let received = name == "Leader" ? upload?.leaderReportBytes : upload?.helperReportBytes {
                line +=
                    ", \(format(Double(use.writtenBytes) / Double(max(1, received)), 2)) times the "
                    + "\(mebibytes(Int64(received))) of its reports"
            }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    private func text(of upload: UploadFigures) -> [String] {
        let rate = diskBytesPerSecond ?? 0
        let bytes = Double(upload.leaderReportBytes) / Double(max(1, upload.reports))
        return [
            "upload: \(format(upload.reportsPerSecond, 0)) reports/s accepted and durable, \(upload.connections) "
                + "connections, \(format(upload.seconds, 2)) s; CPU Leader \(format(upload.leader.cpuSeconds, 2)) s, "
                + "client \(format(upload.clientCPUSeconds, 2)) s; \(mebibytes(upload.leader.writtenBytes)) written for "
                + "\(mebibytes(Int64(upload.leaderReportBytes)))",
            "  the disk's sequential rate: \(format(rate / 1e6, 0)) MB/s, \(format(rate / bytes, 0)) reports of "
                + "\(format(bytes / 1000, 1)) kB a second",
            "  making the reports took \(format(upload.makingSeconds, 2)) s",
        ]
    }

    private func text(of walk: WalkFigures) -> [String] {
        [
            "walk: \(format(walk.seconds, 2)) s from the first collection request to the CSV; \(walk.strings) strings, "
                + "identical to the plaintext count",
            "  \(walk.steps.count) steps, \(walk.candidates) candidates: \(format(walk.wallNanosecondsPerCandidate, 1)) ns of time, "
                + "\(format(walk.cpuNanosecondsPerCandidate, 1)) ns of CPU for each candidate, report and aggregator",
            "  CPU: Leader \(format(walk.leader.cpuSeconds, 2)) s, Helper \(format(walk.helper.cpuSeconds, 2)) s",
        ]
    }

    /// Step 0 opens every report: processor time a report and aggregator, which one X25519 of the same run is compared with.
    private func text(ofFirst step: StepFigures) -> String? {
        guard let agreement = nanosecondsPerX25519?.best, let walk else { return nil }
        let each = (step.leaderCPUSeconds + step.helperCPUSeconds) / 2 / Double(max(1, walk.reports)) * 1e9
        return "  step 0: \(format(each / 1000, 1)) µs of CPU a report and aggregator, "
            + "\(format(each / agreement, 2)) times one X25519"
    }

    private func mebibytes(_ bytes: Int64) -> String { "\(format(Double(bytes) / 0x1p20, 1)) MiB" }
}
