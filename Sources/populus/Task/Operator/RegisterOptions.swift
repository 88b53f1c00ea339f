import AggregatorServer
import ArgumentParser
import PopulusDAP
import PopulusTaskFiles

/// Setting a new task up at both aggregators, over the admin API of each.
///
/// What each party learns: the Leader and the Helper draw their own private keys, and nobody else has them. The Leader draws
/// what it shows the Helper, and the Helper gets a digest of it by way of this command. This command draws the Collector's key
/// and token, which are its own, and the verification key, which both aggregators have.
struct RegisterOptions: ParsableArguments {
    @Flag(help: "Have both aggregators take the task up, and write no files of theirs.")
    var register = false

    @Option(
        help: ArgumentHelp(
            "The Leader's own address, where it was started with --admin-listen.", valueName: "URL"),
        transform: Form.baseURL)
    var leaderAdmin: AggregatorURL?

    @Option(
        help: ArgumentHelp("The file with an admin token of the Leader.", valueName: "file"), completion: .file())
    var leaderTokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The Helper's own address, where it was started with --admin-listen.", valueName: "URL"),
        transform: Form.baseURL)
    var helperAdmin: AggregatorURL?

    @Option(
        help: ArgumentHelp("The file with an admin token of the Helper.", valueName: "file"), completion: .file())
    var helperTokenFile: String?

    @OptionGroup var authorities: AuthorityOptions

    func check() throws {
        let given = [leaderAdmin != nil, leaderTokenFile != nil, helperAdmin != nil, helperTokenFile != nil]
        guard register else {
            guard !given.contains(true), authorities.ca == nil else {
                throw ValidationError("the addresses and tokens of aggregators, and --ca, go with --register")
            }
            return
        }
        guard !given.contains(false) else {
            throw ValidationError(
                "--register takes --leader-admin, --leader-token-file, --helper-admin and --helper-token-file")
        }
        if let leaderAdmin, let helperAdmin, leaderAdmin.leadsToSame(as: helperAdmin) {
            throw ValidationError("--leader-admin and --helper-admin are the same: they are two aggregators'")
        }
    }

    /// Sets a task up: first at the Leader, which draws what the Helper is told the digest of.
    ///
    /// Nobody uploads before this is done: clients have no file yet.
    func run(_ files: TaskFileSet) async throws(CommandFailure) {
        guard let leaderAdmin, let leaderTokenFile, let helperAdmin, let helperTokenFile else { return }
        // Both tokens before anything is asked.
        let tls = try authorities.client()
        let atLeader = try AdminClient(leaderAdmin, tokenFile: leaderTokenFile, tls: tls)
        try await atLeader.used { leader throws(CommandFailure) in
            let atHelper = try AdminClient(helperAdmin, tokenFile: helperTokenFile, tls: tls)
            try await atHelper.used { helper throws(CommandFailure) in
                try await register(files, leader, helper)
            }
        }
    }

    private func register(
        _ files: TaskFileSet, _ leader: AdminClient, _ helper: AdminClient
    ) async throws(CommandFailure) {
        let (forLeader, forHelper): (TaskRegistration, TaskRegistration)
        do throws(TaskFileError) {
            (forLeader, forHelper) = (try files.registration(of: .leader), try files.registration(of: .helper))
        } catch { throw CommandFailure(error) }
        // That both are there, and take the tokens, is seen before one has a task that the other has not.
        for client in [helper, leader] { _ = try await client.ask(.get, "tasks", as: TaskList.self) }
        let asked = Asked(task: files.taskID, leader: leader, helper: helper)
        let digest = try await asked.takingBack(.leader) { () throws(CommandFailure) -> [UInt8] in
            let made = try await leader.ask(.post, "tasks", body: forLeader.encoded(), as: TaskDetails.self)
            try made.checkIsServed(by: leader.url)
            guard let digest = made.aggregatorTokenDigest.flatMap({ Base64URL.decode($0) }), digest.count == 32 else {
                throw CommandFailure(.software, "\(leader.url.text): it does not say what it shows the Helper")
            }
            return digest
        }
        let body: [UInt8]
        do throws(TaskFileError) { body = try forHelper.with(leaderTokenDigest: digest).encoded() } catch {
            throw CommandFailure(error)
        }
        try await asked.takingBack(.helper) { () throws(CommandFailure) in
            try await helper.ask(.post, "tasks", body: body, as: TaskDetails.self).checkIsServed(by: helper.url)
        }
    }
}

/// A task that both aggregators are asked to take up: whoever has it while the other has not is told to end it.
private struct Asked {
    let task: TaskID
    let leader: AdminClient
    let helper: AdminClient

    /// Asks one, and takes the task back where that fails.
    ///
    /// A failure that is no refusal tells nothing of what was done: the answer alone may be lost.
    func takingBack<T>(
        _ role: Role, _ ask: () async throws(CommandFailure) -> T
    ) async throws(CommandFailure) -> T {
        do throws(CommandFailure) { return try await ask() } catch {
            var words = [error.message]
            if role == .helper, error.code != .refused { words += await end("Helper", helper) }
            // It has the task where the Helper was asked.
            if role == .helper || error.code != .refused { words += await end("Leader", leader) }
            throw CommandFailure(error.code, words.joined(separator: "\n"))
        }
    }

    /// Ends the task at one of them, as nobody has a use for it.
    ///
    /// - Returns: what came of it, in lines; none where the task is not there.
    private func end(_ name: String, _ client: AdminClient) async -> [String] {
        do throws(CommandFailure) {
            guard try await client.stop(task) else { return [] }
            return ["the \(name) had taken task \(task) up, and has ended it: make another one"]
        } catch {
            return [
                "the \(name) may have taken task \(task) up, and could not be told to end it (\(error.message)): run `populus "
                    + "task end --now --admin \(client.url.text) --admin-token-file FILE \(task)`"
            ]
        }
    }
}
