import ArgumentParser
import DAP

/// `populus task show`: what a file says, without its secrets.
struct TaskShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what a task's file says, without its secrets.")

    @Argument(help: "Any role's file.")
    var file: String

    func run() async throws {
        try await Self.reporting(as: "task show") {
            do {
                StandardStream.output.write(Self.text(try TaskFile(readingFrom: file)))
            } catch let error as TaskFileError {
                throw CommandFailure(error)
            }
            if TaskFile.isExposed(file) {
                StandardStream.error.write("warning: others can read \(file): chmod 600 \(ShellWord.quoted(file))\n")
            }
        }
    }

    static func text(_ file: TaskFile) -> String {
        let task = file.configuration
        let unit = task.timePrecision
        var rows: [(String, String)] = [
            ("role", file.role.fileName),
            ("task", "\(file.taskID)"),
            ("fingerprint", "\(file.fingerprint)"),
            ("info", String(decoding: task.taskInfo, as: UTF8.self)),
            ("leader", file.leaderURL),
            ("helper", file.helperURL),
        ]
        rows.append(("vdaf", "\(task.vdaf)"))
        rows += file.encoding.map { [("encoding", $0)] } ?? []
        rows += [
            ("batches", "\(BatchModeName(task.batchMode).rawValue), at least \(task.minBatchSize) reports"),
            ("time precision", "\(Seconds(unit.seconds))"),
        ]
        if let walk = (try? task.walkExtension(file.walkCodePoints)) ?? nil {
            rows += [
                ("lowest threshold", "\(walk.minThreshold)"),
                ("late rejections", "at most \(Share(partsPerMillion: walk.maxLateRejectionsPPM)) of a walk's reports"),
                ("steps", "at most \(walk.maxSteps), of at most \(walk.maxCandidates) candidates"),
                (
                    "first step",
                    "at most level \(walk.firstStepMaxLevel), \(walk.firstStepMaxCandidates) candidates"
                ),
                ("a walk's life", "\(Seconds(walk.maxLife.seconds(precision: unit)))"),
                ("noise", "\(walk.noise)"),
            ]
            let p = file.walkCodePoints
            rows.append(
                (
                    "code points",
                    "task \(p.task), aggregation job \(p.aggregationJob), collection job \(p.collectionJob)"
                ))
        }
        rows += secretRows(file.secrets)
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 + "\n" }.joined()
    }

    private static func secretRows(_ secrets: TaskFile.Secrets) -> [(String, String)] {
        func keys(_ keys: [TaskFile.VerifyKey]) -> (String, String) {
            ("verification keys", keys.map { "\($0.id)" }.joined(separator: ", ") + " (not shown)")
        }
        func keys(_ keys: [HpkeKeyPair]) -> (String, String) {
            ("HPKE key", keys.map { config("", $0.config).1 }.joined(separator: "; "))
        }
        func config(_ name: String, _ config: HpkeConfig) -> (String, String) {
            (name, "\(config.id), public key \(Base64URL.encode(config.publicKey))")
        }
        return switch secrets {
        case .client: []
        case .leader(let own):
            [
                keys(own.hpkeKeys), config("collector's key", own.collectorHpkeConfig),
                keys(own.verifyKeys), ("tokens", "for the Helper, from the Collector (not shown)"),
            ]
        case .helper(let own):
            [
                keys(own.hpkeKeys), config("collector's key", own.collectorHpkeConfig),
                keys(own.verifyKeys), ("tokens", "from the Leader (not shown)"),
            ]
        case .collector(let own):
            [config("HPKE key", own.hpkeKey.config), ("tokens", "for the Leader (not shown)")]
        }
    }
}
