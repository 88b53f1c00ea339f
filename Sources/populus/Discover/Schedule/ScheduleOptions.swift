import ArgumentParser
import Foundation
import PopulusDurableFiles
import Results
import Schedule

/// When batches are walked by themselves, and who is told of what.
struct ScheduleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Walk each interval of this length once it is over, such as 1h or 1d, with --results; intervals begin at \
            multiples of it in UTC. Those that were missed are made up for, oldest first. The first is that of --since, or \
            the latest.
            """, valueName: "time"),
        transform: Form.seconds)
    var every: Seconds?

    @Flag(help: "With --every: walk what is due and end, for a timer.")
    var once = false

    @Option(
        help: ArgumentHelp(
            "With --every: how many intervals are made up for at most. (default: 31)", valueName: "number"),
        transform: Form.number("--make-up", 1...1_000, such: 31))
    var makeUp: Int?

    @Option(
        help: ArgumentHelp(
            "With --every: how long after an interval's end it is walked; later reports are refused. (default: 1m)",
            valueName: "time"),
        transform: Form.seconds)
    var delay: Seconds?

    @Option(
        help: ArgumentHelp(
            """
            Send notices to this URL as signed JSON: https, or http on this machine. A notice that cannot be delivered is \
            tried again for a day; the schedule does not wait for it.
            """, valueName: "url"),
        transform: { text in
            do throws(NoticeAddressError) { return try NoticeAddress(text) } catch {
                throw ValidationError(error.description)
            }
        })
    var notify: NoticeAddress?

    @Option(
        help: ArgumentHelp(
            """
            The key that notices are signed with: a file for its owner only with the base64 of 24 to 64 bytes, as \
            `openssl rand -base64 32` writes them. While a key is changed it has both, one a line.
            """, valueName: "file"),
        completion: .file())
    var notifyKey: String?

    @Option(
        help: ArgumentHelp(
            "Start this program for each notice instead, with the JSON as its standard input.", valueName: "path"),
        completion: .file())
    var notifyCommand: String?

    @Option(
        help: ArgumentHelp(
            """
            What a notice is sent for; may be given several times: new-over=100 (a new string with more than so many votes), \
            rose-by=2 (a string with twice its votes), failed (a walk without a result), uploads-below=1000 or \
            uploads-below=50% (of the usual number of reports). That the Leader is away, and back, is always told.
            """, valueName: "rule"),
        transform: { text in
            guard let rule = NoticeRule(text) else {
                throw ValidationError(
                    "give new-over=100, rose-by=2, failed, uploads-below=1000 or uploads-below=50%, for example")
            }
            return rule
        })
    var notifyWhen: [NoticeRule] = []

    @Flag(help: "Tell the strings in notices too, with their counts; without it a notice says only how many there are.")
    var notifyValues = false

    /// Whether anybody is told.
    var hasNotices: Bool { notify != nil || notifyCommand != nil }

    func validate() throws {
        let further = [
            ("--once", once), ("--make-up", makeUp != nil), ("--delay", delay != nil), ("--notify", notify != nil),
            ("--notify-command", notifyCommand != nil),
        ]
        if every == nil, let option = further.first(where: \.1) {
            throw ValidationError("\(option.0) goes with --every")
        }
        if let every, every.value > BatchSchedule.longest {
            throw ValidationError("--every takes at most \(BatchSchedule.longest / 86_400)d")
        }
        guard notify == nil || notifyCommand == nil else {
            throw ValidationError("--notify and --notify-command exclude each other")
        }
        guard (notify == nil) == (notifyKey == nil) else {
            throw ValidationError("--notify and --notify-key go together: every notice is signed")
        }
        guard hasNotices == !notifyWhen.isEmpty else {
            throw ValidationError("--notify or --notify-command go with --notify-when, which says what for")
        }
        guard hasNotices || !notifyValues else {
            throw ValidationError("--notify-values goes with --notify or --notify-command")
        }
    }

    /// The schedule's place among the other options of `discover`.
    func validate(_ command: DiscoverCommand) throws {
        guard every != nil else { return }
        guard command.kept.results != nil else { throw ValidationError("--every goes with --results") }
        let others = [
            ("--until", command.until != nil), ("--wait", command.openInterval.wait),
            ("--early", command.openInterval.early), ("--resume", command.resume), ("--abandon", command.abandon),
            ("--again", command.again), ("--csv", command.csv != nil),
        ]
        if let other = others.first(where: \.1) {
            throw ValidationError("--every and \(other.0) exclude each other")
        }
        if let retention = command.kept.keep?.retention { try validate(retention) }
        guard command.dictionary != "-" else {
            throw ValidationError("--every reads the dictionary for each walk: give --dictionary a file")
        }
    }
}

extension ScheduleOptions {
    /// Refuses to keep less than the rules compare with: they would never be met, and nobody would know.
    private func validate(_ retention: Retention) throws {
        guard let every, let rule = notifyWhen.max(by: { $0.walksCompared < $1.walksCompared }) else { return }
        let least = rule.walksCompared
        if let newest = retention.newest, newest < least {
            throw ValidationError("--notify-when \(rule) compares \(least) results: give --keep \(least) or more")
        }
        // A result has its age from when it was made, which is not to the second.
        let seconds = UInt64(least) * every.value
        if let age = retention.age, age < seconds {
            throw ValidationError(
                "--notify-when \(rule) compares \(least) results: give --keep \(Seconds(seconds)) or more")
        }
    }
}

extension NoticeKey {
    /// Reads the file of a key: the file itself, where the path is a link to it.
    init(file path: String) throws(CommandFailure) {
        let bytes: [UInt8]
        let isOpen: Bool
        do throws(DurableFileError) {
            let file = try OpenFile(path, for: .reading)
            isOpen = try file.status.permissions & 0o077 != 0
            bytes = try file.readOn(limit: 4_096)
        } catch {
            throw CommandFailure(.noInput, "\(path): there is no such file, or it cannot be read")
        }
        guard !isOpen else {
            throw CommandFailure(
                .data, "\(path): others may read the key; take that from them: chmod 600 \(ShellWord.quoted(path))")
        }
        guard let key = NoticeKey(String(decoding: bytes, as: UTF8.self)) else {
            throw CommandFailure(
                .data, "\(path): not a key; make one: openssl rand -base64 32 > \(ShellWord.quoted(path))")
        }
        self = key
    }
}
