import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// `populus task rekey`: a decryption key that nobody else has seen.
struct TaskRekeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rekey",
        abstract: "Draws a new HPKE key for an aggregator's file.",
        discussion: """
            Whoever made the task has seen the keys in every file. An aggregator that draws its own key can be sure \
            that nobody else opens its shares. Run this on its machine, with --drop-older, before it first starts. \
            Nothing else needs to change: clients ask the aggregator for its public key, and the fingerprint stays.

            While a task runs, leave --drop-older out. The older keys stay to open what clients have sealed to them, \
            and can be dropped later. The aggregator takes the new key when it is started again.
            """)

    @Argument(help: "leader.json or helper.json.", completion: .json)
    var file: String

    @Flag(help: "Forget the older keys. Reports that were sealed to them can no longer be opened.")
    var dropOlder = false

    func run() async throws {
        try await Self.reporting(as: "task rekey") {
            do {
                let task = try TaskFile(readingFrom: file)
                guard let (rekeyed, key) = try rekeyed(task) else {
                    throw CommandFailure(
                        .data,
                        "\(file): this is the \(task.role.name) file of the task; only the Leader and the Helper can "
                            + "get a new key")
                }
                try rekeyed.write(to: file, replacing: true)
                StandardStream.output.write(
                    "new key \(key.id), public key \(Base64URL.encode(key.publicKey)); start the "
                        + "\(task.role.name) again if it is running\n")
            } catch let error as TaskFileError {
                throw CommandFailure(error)
            }
        }
    }

    /// The file with a new key in front; nil for a role whose key the others' files name.
    private func rekeyed(_ task: TaskFile) throws(TaskFileError) -> (TaskFile, HpkeConfig)? {
        let secrets: TaskFile.Secrets
        let key: HpkeKeyPair
        switch task.secrets {
        case .client, .collector: return nil
        case .leader(let own):
            key = Self.key(unlike: own.hpkeKeys)
            secrets = .leader(
                .init(
                    hpkeKey: key, olderHpkeKeys: dropOlder ? [] : own.hpkeKeys,
                    collectorHpkeConfig: own.collectorHpkeConfig, verifyKeys: own.verifyKeys,
                    aggregatorToken: own.aggregatorToken, collectorToken: own.collectorToken,
                    uploadTokens: own.uploadTokens))
        case .helper(let own):
            key = Self.key(unlike: own.hpkeKeys)
            secrets = .helper(
                .init(
                    hpkeKey: key, olderHpkeKeys: dropOlder ? [] : own.hpkeKeys,
                    collectorHpkeConfig: own.collectorHpkeConfig, verifyKeys: own.verifyKeys,
                    aggregatorToken: own.aggregatorToken))
        }
        let file = try TaskFile(
            taskID: task.taskID, configuration: task.configuration, encoding: task.encoding,
            walkCodePoints: task.walkCodePoints, secrets: secrets, clockSkew: task.clockSkew,
            reportExpiry: task.reportExpiry)
        return (file, key.config)
    }

    /// A key with an ID that no other has, so that what was sealed to an older one is recognised.
    private static func key(unlike others: [HpkeKeyPair]) -> HpkeKeyPair {
        let taken = Set(others.map(\.config.id))
        let free = (0...UInt8.max).filter { !taken.contains($0) }
        return .generate(id: free.randomElement() ?? 0)
    }
}
