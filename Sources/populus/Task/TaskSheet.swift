import Foundation
import PopulusDAP
import PopulusStringCodec
import PopulusTaskFiles
import ResultText

/// What a task's file says, for people, without its secrets.
///
/// What two parties compare comes last, and nothing that the task's maker chose below it. See ``SheetRows`` for how such
/// text is kept in its place.
struct TaskSheet {
    let file: TaskFile

    /// In two columns; on a terminal no wider than it is.
    var text: String {
        let rows = taskRows + batchRows + walkRows + secretRows + comparedRows
        return SheetRows(columns: isatty(1) == 1 ? Terminal.columns : nil).text(of: rows)
    }

    private static let noFingerprint =
        "none: this file is of an earlier version and lacks the collector's key (collector_hpke_config of leader.json)"

    private var taskRows: [(String, String)] {
        [
            ("role", file.role.name),
            ("task", "\(file.taskID)"),
            ("info", ForeignText.escaped(file.configuration.taskInfo)),
            ("leader", file.leaderURL),
            ("helper", file.helperURL),
            ("vdaf", "\(file.configuration.vdaf)"),
        ] + (file.encoding.map { [("encoding", $0 + capacity(of: $0))] } ?? [])
    }

    /// Which strings fit, in bytes beside the bits.
    private func capacity(of encoding: String) -> String {
        guard let bits = file.configuration.vdaf.stringBits else { return "" }
        guard let known = StringEncodings.encoding(named: encoding, taskID: file.taskID.bytes) else {
            return ", which this program does not know: it cannot take part as a client or Collector"
        }
        return ", \(known.capacity(bits: bits))"
    }

    private var batchRows: [(String, String)] {
        let task = file.configuration
        let unit = task.timePrecision
        var rows = [
            ("batches", "\(BatchModeName(task.batchMode).rawValue), at least \(task.minBatchSize) reports"),
            ("time precision", "\(Seconds(unit.seconds))"),
        ]
        if file.role == .leader || file.role == .helper {
            rows.append(
                ("clock skew", "\(Seconds(file.clockSkew)): how far ahead of this clock a report's time may be"))
        }
        if let expiry = file.reportExpiry {
            rows.append(("report expiry", "\(Seconds(expiry)): older reports are refused here, and forgotten"))
        }
        // A file whose extensions do not decode was not read.
        if let interval = (try? task.taskInterval) ?? nil {
            let end = interval.end.map { Moment.text($0.secondsSinceEpoch(precision: unit)) } ?? "for ever"
            let start = Moment.text(interval.start.secondsSinceEpoch(precision: unit))
            rows.append(("reports", "of \(start) until \(end)"))
        }
        return rows
    }

    private var walkRows: [(String, String)] {
        let unit = file.configuration.timePrecision
        // The same holds for walks of another version.
        guard let walk = (try? file.configuration.walkExtension(file.walkCodePoints)) ?? nil else {
            let noise = (try? file.configuration.batchNoise(file.walkCodePoints)) ?? nil
            return [("walks", "none: a batch is collected once")]
                + Self.privacyRows(PrivacyWords(noise, vdaf: file.configuration.vdaf))
        }
        let points = file.walkCodePoints
        return Self.privacyRows(PrivacyWords(walk)) + [
            ("lowest threshold", Self.threshold(of: walk)),
            ("late rejections", "at most \(Share(partsPerMillion: walk.maxLateRejectionsPPM)) of a walk's reports"),
            ("steps", "at most \(walk.maxSteps), of at most \(walk.maxCandidates) candidates"),
            (
                "bits a step",
                "at most \(walk.maxBitsPerStep); a longer step has one candidate for each of the last step's"
            ),
            ("first step", "at most level \(firstStepMaxLevel(walk)), \(walk.firstStepMaxCandidates) candidates"),
            ("a walk's life", "\(Seconds(walk.maxLife.seconds(precision: unit)))"),
            (
                "code points",
                "task \(points.task), aggregation job \(points.aggregationJob), collection job \(points.collectionJob)"
            ),
        ]
    }

    /// What is promised, and the noise that keeps it: the same for every role.
    private static func privacyRows(_ words: PrivacyWords) -> [(String, String)] {
        let noise = words.facts.enumerated().map { $0 == 0 ? $1.value : "\($1.name) \($1.value)" }
        return [
            ("privacy", words.sentence), ("noise", noise.isEmpty ? "none" : noise.joined(separator: ", ")),
        ]
    }

    private static func threshold(of walk: WalkTaskExtension) -> String {
        "\(walk.minThreshold)" + (walk.thresholdMargin > 0 ? ", less a margin of \(walk.thresholdMargin)" : "")
    }

    /// The level that the aggregators let a first step ask for.
    private func firstStepMaxLevel(_ walk: WalkTaskExtension) -> Int {
        WalkRules.firstStepMaxLevel(walk.firstStepMaxLevel, bits: file.configuration.vdaf.poplar1Bits ?? 0)
    }

    private var secretRows: [(String, String)] {
        switch file.secrets {
        case .client: []
        case .leader(let own):
            [("tokens", "for the Helper, from the Collector (not shown)")] + uploadRows(own.uploadTokens)
                + hpkeRows(own.hpkeKeys)
        case .helper(let own):
            [("tokens", "from the Leader (not shown)")] + hpkeRows(own.hpkeKeys)
        case .collector(let own):
            [("tokens", "for the Leader (not shown)")] + hpkeRows([own.hpkeKey])
        }
    }

    /// What two parties compare over a telephone.
    private var comparedRows: [(String, String)] {
        let fingerprint = [("fingerprint", file.fingerprint.map { "\($0)" } ?? Self.noFingerprint)]
        return switch file.secrets {
        case .client: fingerprint + (file.collectorHpkeConfig.map { [("collector's key", Self.text($0))] } ?? [])
        case .leader(let own):
            fingerprint + [("collector's key", Self.text(own.collectorHpkeConfig))] + verifyKeyRows(own.verifyKeys)
        case .helper(let own):
            fingerprint + [("collector's key", Self.text(own.collectorHpkeConfig))] + verifyKeyRows(own.verifyKeys)
        case .collector: fingerprint
        }
    }

    /// Who may upload.
    private func uploadRows(_ tokens: [TaskFile.UploadToken]) -> [(String, String)] {
        guard !tokens.isEmpty else { return [("uploads", "from anybody")] }
        return [("uploads", "with an upload token (not shown)")] + tokens.map { ("upload token", $0.words) }
    }

    private func hpkeRows(_ keys: [HpkeKeyPair]) -> [(String, String)] {
        keys.enumerated().map { ($0 == 0 ? "HPKE key" : "older HPKE key", Self.text($1.config)) }
    }

    private static func text(_ config: HpkeConfig) -> String {
        "\(config.id), public key \(Base64URL.encode(config.publicKey))"
    }

    private func verifyKeyRows(_ keys: [TaskFile.VerifyKey]) -> [(String, String)] {
        keys.map { ("verification key", "\($0.id), check \($0.check(in: file.taskID)) (not shown)") }
    }
}
